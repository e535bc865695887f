import type { StreamNames } from '@lapse/domain';
import type { AllPage, EventStore, Position } from '@lapse/store';
import { KeyedRows } from './keyed/keyed-rows.js';
import { unknownTypes } from './keyed/unknown-types.js';
import { defaultLimits, type ProjectionLimits } from './limits.js';
import { MerchantQueries } from './merchants/queries.js';
import { merchants } from './merchants/projector.js';
import { merchantVersions } from './merchants/versions.js';
import { Observers, type SessionsObserver } from './observers.js';
import { ParkedStreams, type ParkedStream } from './pipeline/parked.js';
import { Pipeline } from './pipeline/pipeline.js';
import type { Projector } from './projector.js';
import { Runner } from './runner/runner.js';
import type { ProjectionStatus } from './runner/status.js';
import type { SessionEntry, SessionHandle } from './sessions/entry.js';
import {
  SessionQueries,
  type ListQueue,
  type ListSessions,
  type QueuePage,
  type SessionPage,
} from './sessions/queries.js';
import { SessionFolds } from './sessions/session-folds.js';
import { SessionTable } from './sessions/table.js';
import type { Log, SetTimer } from './timer.js';
import { readyGenerations } from './views/ready-generations.js';
import type { Place, Views } from './views/views.js';

/** The read models besides `sessions`. A new one is a file of its own and a line here. */
export const builtInProjectors: readonly Projector[] = [merchants, merchantVersions, unknownTypes];

/** `sessions` is folded by the rules themselves; raised when the same events give other rows. */
export const SESSIONS_VERSION = 1;

export interface ProjectionsOptions {
  readonly views: Views;
  readonly store: EventStore;
  readonly names: StreamNames;
  readonly nowMs: () => number;
  readonly setTimer: SetTimer;
  /** Uniform in [0, 1): for the pauses after trouble. */
  readonly random: () => number;
  /** Default {@link builtInProjectors}. */
  readonly projectors?: readonly Projector[];
  /** How many events stand between two positions, for stores that can tell. */
  readonly eventsBetween?: (from: Place, to: Place) => number | undefined;
  readonly log?: Log;
  readonly limits?: Partial<ProjectionLimits>;
}

/**
 * Opens the read models where they stand in the file, ready to go on from there. A checkpoint that belongs to another log,
 * lies beyond the head or was written by another version of a projector starts over, with a line in the log. Throws
 * `ViewsError` and `StoreError`.
 */
export const openProjections = async (options: ProjectionsOptions): Promise<Projections> => {
  const { views, store, projectors = builtInProjectors, log = () => undefined } = options;
  const wanted = [{ name: 'sessions', version: SESSIONS_VERSION }, ...projectors];
  const log0 = { identity: await store.identity(), head: await store.headPosition() };
  const generations = readyGenerations(
    views,
    wanted,
    log0,
    (a, b) => store.comparePositions(a, b),
    log,
    (added) => (added.name === 'sessions' ? SessionTable.create(views, added) : KeyedRows.create(views, added)),
  );
  return views.reading(() => new Projections({ ...options, projectors, log }, generations));
};

type Ready = ReturnType<typeof readyGenerations>;

/** The running read models of one engine, in one file. Everything but {@link start}ing, stopping and waiting is synchronous. */
export class Projections {
  private readonly folds: SessionFolds;
  private readonly keyed: readonly KeyedRows[];
  private readonly parkedLists: readonly ParkedStreams[];
  private readonly pipeline: Pipeline;
  private readonly runner: Runner;
  private readonly observers: Observers;
  private readonly queries: SessionQueries;
  readonly merchants: MerchantQueries;

  /** Use {@link openProjections}. */
  constructor(
    private readonly options: ProjectionsOptions & Required<Pick<ProjectionsOptions, 'projectors' | 'log'>>,
    generations: Ready,
  ) {
    const { views, store, names, log } = options;
    const [sessions, ...others] = generations;
    const limits = { ...defaultLimits, ...options.limits };
    this.observers = new Observers(log);
    this.folds = new SessionFolds(new SessionTable(views, sessions));
    this.keyed = options.projectors.map((projector, i) => new KeyedRows(views, others[i] as Ready[0], projector));
    this.parkedLists = generations.map((generation) => new ParkedStreams(views, generation));
    this.queries = new SessionQueries(views, sessions, names);
    this.merchants = new MerchantQueries(views, this.keyed, () => this.flush());
    const [sessionsParked, ...keyedParked] = this.parkedLists as [ParkedStreams, ...ParkedStreams[]];
    this.pipeline = new Pipeline({
      views,
      store,
      names,
      sessions: this.folds,
      sessionsGeneration: sessions,
      sessionsParked,
      keyed: this.keyed,
      keyedParked,
      position: sessions.position,
      onSession: (entry: SessionEntry, page: AllPage) => this.observers.onSession(entry, page),
      onGap: (stream, revision) =>
        log({
          level: 'error',
          what: 'gap',
          message: `${stream}: events before revision ${revision} were not handed out`,
        }),
    });
    this.runner = new Runner({
      ...options,
      pipeline: this.pipeline,
      streamPrefixes: [names.prefixes.session, names.prefixes.merchant],
      limits,
      onCaughtUp: () => this.observers.onCaughtUp(),
      onBehind: () => this.observers.onBehind(),
    });
  }

  /** Begins to follow the log. */
  start(): void {
    this.runner.start();
  }

  /** Ends at the end of a page and writes what is folded. The file stays open. */
  stop(): Promise<void> {
    return this.runner.stop();
  }

  /** Resolves when rows up to `position` can be read; rejects with `read-too-late` after `timeoutMs`. */
  waitFor(position: Position, timeoutMs: number): Promise<void> {
    return this.runner.waitFor(position, timeoutMs);
  }

  /** Everything up to here can be read. */
  get position(): Place {
    return this.pipeline.position;
  }

  /** Writes what is folded; queries do it by themselves. */
  flush(): void {
    this.pipeline.flush();
  }

  session(id: string): SessionHandle | undefined {
    return this.folds.peek(this.options.names.session(id), id);
  }

  sessions(query: ListSessions): SessionPage {
    this.flush();
    return this.queries.list(query);
  }

  queue(query: ListQueue): QueuePage {
    this.flush();
    return this.queries.queue(query);
  }

  /** The row of any other read model, as it stands now. */
  row(name: string, key: string): unknown {
    return this.keyed.find(({ projector }) => projector.name === name)?.get(key);
  }

  /** Hears of every session that a page touches, from now on. */
  observe(observer: SessionsObserver): void {
    this.observers.add(observer);
  }

  /** Every session that the sweep may have to act on, soonest first; its deadline, or one of the `DUE_…` numbers. */
  eachDue(visit: (key: number, dueAtMs: number) => void): void {
    this.flush();
    this.folds.table.eachDue(visit);
  }

  /** A session by its row's key, loaded into memory. Rejects with a `StoreError` where its row is broken and its stream does not answer. */
  async sessionByKey(key: number): Promise<SessionHandle | undefined> {
    const entry = this.folds.findByKey(key, (id) => this.options.names.session(id));
    if (entry !== undefined) await this.pipeline.heal(entry);
    return entry;
  }

  sessionIdByKey(key: number): string | undefined {
    return this.folds.table.idOf(key);
  }

  parked(): readonly (ParkedStream & { readonly name: string })[] {
    const names = ['sessions', ...this.options.projectors.map(({ name }) => name)];
    return this.parkedLists.flatMap((list, i) =>
      list.list().map((parked) => ({ name: names[i] as string, ...parked })),
    );
  }

  /** What an operator wants to see of each read model. */
  status(): readonly ProjectionStatus[] {
    const { position } = this.pipeline;
    const { head } = this.runner.head;
    const isBehind = this.runner.head.isBehind;
    const shared = {
      state: this.runner.state,
      position,
      head: isBehind ? head : position,
      lagEvents: isBehind ? this.options.eventsBetween?.(position, head) : 0,
      lagSeconds: this.runner.lagSeconds(),
      lastError: this.runner.lastError,
    };
    const described = [{ name: 'sessions', version: SESSIONS_VERSION }, ...this.options.projectors];
    return described.map(({ name, version }, i) => {
      return { name, version, ...shared, parkedStreams: this.parkedLists[i]?.size ?? 0 };
    });
  }

  /** Counted since the start, for metrics. */
  get counts(): Pipeline['counts'] & { readonly sessionsInMemory: number; readonly brokenRows: number } {
    const { inMemory, brokenRows } = this.folds;
    return { ...this.pipeline.counts, sessionsInMemory: inMemory, brokenRows };
  }
}
