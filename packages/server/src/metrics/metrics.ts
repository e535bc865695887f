import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { placeNumber } from '@lapse/engine';
import type { ProjectionState, ProjectionStatus } from '@lapse/projections';
import type { ServerDependencies } from '../ports.js';
import { LatenessHistogram } from './lateness.js';
import { addProcessMetrics } from './process-metrics.js';

type Sources = Pick<ServerDependencies, 'views' | 'timeouts'>;

const STATES: readonly ProjectionState[] = ['catching-up', 'live', 'stalled', 'parked'];
const REQUEST_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export interface AnsweredRequest {
  readonly method: string;
  /** As the contract names it, so that ids make no new series; undefined for an address that is none. */
  readonly route: string | undefined;
  readonly status: number;
  readonly seconds: number;
}

/**
 * The numbers of one server, in a registry of its own. What others know is asked for when somebody looks; only requests are
 * counted as they are answered.
 */
export class Metrics {
  private readonly registry = new Registry();
  private readonly requests: Histogram<'method' | 'route' | 'status'>;
  private readonly appends: Counter<'outcome'>;

  constructor(sources: Sources) {
    const registers = [this.registry];
    this.requests = new Histogram({
      name: 'lapse_http_request_duration_seconds',
      help: 'From the first byte of a request to the end of its answer.',
      labelNames: ['method', 'route', 'status'],
      buckets: REQUEST_SECONDS,
      registers,
    });
    this.appends = new Counter({
      name: 'lapse_appends_total',
      help: 'Requests that open a session or append to one. written: at least one event; repeated: known before, or closed already; refused: by the rules or the contract; failed: by a fault of ours or of the store.',
      labelNames: ['outcome'],
      registers,
    });
    for (const outcome of ['written', 'repeated', 'refused', 'failed']) this.appends.inc({ outcome }, 0);
    addProjectionMetrics(this.registry, sources);
    addSweepMetrics(this.registry, sources);
    addProcessMetrics(this.registry);
  }

  get contentType(): string {
    return this.registry.contentType;
  }

  text(): Promise<string> {
    return this.registry.metrics();
  }

  answered({ method, route = 'none', status, seconds }: AnsweredRequest): void {
    this.requests.observe({ method, route, status: String(status) }, seconds);
  }

  appended(status: number): void {
    this.appends.inc({ outcome: outcomeOf(status) });
  }
}

const outcomeOf = (status: number): string => {
  if (status === 201) return 'written';
  if (status < 300) return 'repeated';
  return status < 500 ? 'refused' : 'failed';
};

const addProjectionMetrics = (registry: Registry, { views }: Sources): void => {
  if (views === undefined) return;
  const gauge = (name: string, help: string, valueOf: (status: ProjectionStatus) => number | undefined): void => {
    new Gauge({
      name,
      help,
      labelNames: ['projection'],
      registers: [registry],
      collect() {
        this.reset();
        for (const status of views.status()) {
          const value = valueOf(status);
          if (value !== undefined) this.set({ projection: status.name }, value);
        }
      },
    });
  };
  gauge('lapse_projection_position', 'How far into the log it has looked.', ({ position }) => placeNumber(position));
  gauge(
    'lapse_projection_lag_events',
    'Events between it and the head; absent where the store cannot tell.',
    (status) => status.lagEvents,
  );
  gauge(
    'lapse_projection_lag_seconds',
    'How old the newest folded event is while there are newer ones; 0 at the head.',
    (status) => status.lagSeconds,
  );
  gauge('lapse_parked_streams', 'Streams that it cannot fold any further.', (status) => status.parkedStreams);
  new Gauge({
    name: 'lapse_projection_state',
    help: '1 for the state that it is in, 0 for the others.',
    labelNames: ['projection', 'state'],
    registers: [registry],
    collect() {
      this.reset();
      for (const { name, state } of views.status()) {
        for (const other of STATES) this.set({ projection: name, state: other }, other === state ? 1 : 0);
      }
    },
  });
};

const addSweepMetrics = (registry: Registry, { timeouts }: Sources): void => {
  if (timeouts === undefined) return;
  const registers = [registry];
  new Gauge({
    name: 'lapse_deadlines_pending',
    help: 'Open sessions that a clock runs for.',
    registers,
    collect() {
      this.set(timeouts.status().pending);
    },
  });
  new Counter({
    name: 'lapse_closes_total',
    help: 'Closes that the sweep of this engine has recorded.',
    labelNames: ['reason'],
    registers,
    collect() {
      this.reset();
      for (const [reason, count] of timeouts.metrics.closedByReason) this.inc({ reason }, count);
    },
  });
  registry.registerMetric(
    new LatenessHistogram(
      'lapse_close_lateness_seconds',
      'Of those closes, from deadline and grace to the acknowledged close.',
      timeouts.metrics.latenessMs,
    ),
  );
};
