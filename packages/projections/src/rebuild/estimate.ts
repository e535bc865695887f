import type { StreamNames } from '@lapse/domain';
import type { EventStore } from '@lapse/store';
import type { Projector } from '../projector.js';
import { beginOrResume, findBuilding } from '../views/building.js';
import { openViews } from '../views/open.js';
import { IN_MEMORY, type Place, type Views } from '../views/views.js';
import { Builder, FAST } from './builder.js';
import { namesToBuild } from './names-to-build.js';
import { paceOf } from './rebuild-status.js';

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

const SAMPLED_EVENTS_MAX = 50_000;

/** What a rebuild would do and how long it would take, without writing anything. Rejects with `no-such-projection`. */
export const estimateRebuild = async (options: EstimateOptions): Promise<Estimate> => {
  const { views, store, projectors, fromZero = false, placeNumber } = options;
  const names = namesToBuild(projectors, options.only);
  const log = { identity: await store.identity(), head: await store.headPosition() };
  const compare = (a: Place, b: Place): number => store.comparePositions(a, b);
  const found = views === undefined || fromZero ? undefined : findBuilding(views, { names, projectors, log, compare });
  const from = found?.generations[0].position ?? 'start';
  const sample = await foldSample(options, names, log);
  const { eventsPerSecond, etaSeconds } = paceOf({ ...sample, target: log.head }, sample.position, placeNumber);
  // The sample says how long the rest would take; what was sampled has to be folded again too.
  const wholeSeconds = etaSeconds === undefined ? undefined : etaSeconds + sample.workedMs / 1000;
  const all = placeNumber(log.head);
  const share = all === 0 ? 0 : 1 - placeNumber(from) / all;
  return {
    names,
    from,
    to: log.head,
    isResumed: found !== undefined,
    sampledEvents: sample.events,
    eventsPerSecond,
    seconds: wholeSeconds === undefined ? undefined : wholeSeconds * share,
  };
};

interface Sample {
  readonly events: number;
  readonly workedMs: number;
  readonly position: Place;
}

const foldSample = async (
  { store, names: streamNames, projectors, nowMs, signal }: EstimateOptions,
  names: readonly string[],
  log: { readonly identity: string; readonly head: Place },
): Promise<Sample> => {
  const views = openViews({ file: IN_MEMORY });
  try {
    const compare = (a: Place, b: Place): number => store.comparePositions(a, b);
    const shared = { names, projectors, log, compare, nowMs: nowMs(), parks: true, fromZero: true };
    const building = beginOrResume(views, { ...shared, why: 'asked' });
    const page = await store.readAll({ after: 'start', maxCount: 1 });
    if (page.size === 0) return { events: 0, workedMs: 0, position: 'start' };
    const enough = new AbortController();
    const stop = (): void => enough.abort();
    signal.addEventListener('abort', stop);
    const limits = { ...FAST, dirtyRowsMax: SAMPLED_EVENTS_MAX / SAMPLES };
    const pause = (): Promise<void> => {
      if (builder.record.events >= SAMPLED_EVENTS_MAX) stop();
      return Promise.resolve();
    };
    const builder: Builder = new Builder({
      views,
      store,
      names: streamNames,
      building,
      limits,
      nowMs,
      pause,
      log: () => undefined,
    });
    await builder.advance(() => log.head, enough.signal);
    signal.removeEventListener('abort', stop);
    const { events, workedMs } = builder.record;
    return { events, workedMs, position: builder.position };
  } finally {
    views.close();
  }
};

/** How often within the sample it is looked whether that is enough. */
const SAMPLES = 50;
