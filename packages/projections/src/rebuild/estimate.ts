import type { StreamNames } from '@lapse/domain';
import type { EventStore } from '@lapse/store';
import type { Projector } from '../projector.js';
import { beginOrResume, findBuilding } from '../views/building.js';
import { openViews } from '../views/open.js';
import { IN_MEMORY, type Place, type Views } from '../views/views.js';
import { Builder, FAST } from './builder.js';
import { namesToBuild } from './names-to-build.js';

export interface EstimateOptions {
  /** Opened read-only; undefined where there are no read models yet. */
  readonly views: Views | undefined;
  readonly store: EventStore;
  readonly names: StreamNames;
  readonly projectors: readonly Projector[];
  readonly only?: readonly string[];
  readonly fromZero?: boolean;
  readonly placeNumber: (place: Place) => number;
  readonly nowMs: () => number;
  readonly signal: AbortSignal;
}

export interface Estimate {
  /** What would be swapped. */
  readonly names: readonly string[];
  /** Where it would begin, and where the log ends now. */
  readonly from: Place;
  readonly to: Place;
  readonly isResumed: boolean;
  /** Measured by folding the beginning of the log into memory. */
  readonly sampledEvents: number;
  readonly eventsPerSecond: number | undefined;
  readonly seconds: number | undefined;
}

const SAMPLED_EVENTS_MAX = 200_000;

/** What a rebuild would do and how long it would take, without writing anything. Rejects with `no-such-projection`. */
export const estimateRebuild = async (options: EstimateOptions): Promise<Estimate> => {
  const { views, store, projectors, fromZero = false, placeNumber } = options;
  const names = namesToBuild(projectors, options.only);
  const log = { identity: await store.identity(), head: await store.headPosition() };
  const compare = (a: Place, b: Place): number => store.comparePositions(a, b);
  const found = views === undefined || fromZero ? undefined : findBuilding(views, { names, projectors, log, compare });
  const from = found?.generations[0].position ?? 'start';
  const sample = await foldSample(options, names, log);
  const { events, eventsPerSecond, position } = sample;
  const eventsAhead = (events * (placeNumber(log.head) - placeNumber(from))) / (placeNumber(position) || 1);
  return {
    names,
    from,
    to: log.head,
    isResumed: found !== undefined,
    sampledEvents: events,
    eventsPerSecond,
    seconds: eventsPerSecond === undefined ? undefined : eventsAhead / eventsPerSecond,
  };
};

interface Sample {
  readonly events: number;
  readonly position: Place;
  /** Undefined where there is nothing to fold. */
  readonly eventsPerSecond: number | undefined;
}

const foldSample = async (
  { store, names: streamNames, projectors, nowMs, signal }: EstimateOptions,
  names: readonly string[],
  log: { readonly identity: string; readonly head: Place },
): Promise<Sample> => {
  const views = openViews({ file: IN_MEMORY });
  const enough = new AbortController();
  const stop = (): void => enough.abort();
  signal.addEventListener('abort', stop);
  try {
    const compare = (a: Place, b: Place): number => store.comparePositions(a, b);
    const shared = { names, projectors, log, compare, nowMs: nowMs(), parks: true, fromZero: true };
    const building = beginOrResume(views, { ...shared, why: 'asked' });
    const timed = new TimedStore(store, nowMs, stop);
    const pause = (): Promise<void> => Promise.resolve();
    const options = { views, store: timed.store, names: streamNames, building, limits: FAST, nowMs, pause };
    const builder = new Builder({ ...options, log: () => undefined });
    await builder.advance(() => log.head, enough.signal);
    return { events: timed.events, position: builder.position, eventsPerSecond: timed.eventsPerSecond() };
  } finally {
    signal.removeEventListener('abort', stop);
    views.close();
  }
};

/** Counts what is read, and stops the reader once that is enough. */
class TimedStore {
  events = 0;
  readonly store: EventStore;
  private readonly startedAtMs: number;
  /** Behind the first half, in which every program is slow. */
  private half: { readonly events: number; readonly atMs: number } | undefined;

  constructor(
    inner: EventStore,
    private readonly nowMs: () => number,
    stop: () => void,
  ) {
    this.startedAtMs = nowMs();
    const readAll: EventStore['readAll'] = async (options) => {
      if (this.events >= SAMPLED_EVENTS_MAX / 2) this.half ??= { events: this.events, atMs: nowMs() };
      const page = await inner.readAll(options);
      this.events += page.size;
      if (this.events >= SAMPLED_EVENTS_MAX) stop();
      return page;
    };
    this.store = Object.assign(Object.create(inner) as EventStore, { readAll });
  }

  eventsPerSecond(): number | undefined {
    // A short rest would say most about how long it takes to end.
    const isLong = this.half !== undefined && this.events - this.half.events >= this.half.events / 2;
    const { events, atMs } = isLong ? this.half! : { events: 0, atMs: this.startedAtMs };
    const seconds = (this.nowMs() - atMs) / 1_000;
    if (this.events === 0) return undefined;
    return (this.events - events) / Math.max(seconds, 0.001);
  }
}
