import type { StreamNames } from '@lapse/domain';
import type { EventStore } from '@lapse/store';
import { ViewsError } from '../errors.js';
import type { Projector } from '../projector.js';
import { SESSIONS } from '../read-models.js';
import type { Log, SetTimer } from '../timer.js';
import { beginOrResume, promote, type Building } from '../views/building.js';
import { tryLock, type ViewsLock } from '../views/lock.js';
import { noteRebuild, readRebuildRecord, type RebuildRecord } from '../views/rebuild-record.js';
import { IN_MEMORY, type Place, type Views } from '../views/views.js';
import type { StartThread } from '../write-behind/write-behind.js';
import { Builder, FAST, GENTLE, type BuilderLimits } from './builder.js';
import { namesToBuild } from './names-to-build.js';

export interface RebuildOptions {
  /** Opened `beside`, so that this is the only rebuild; an engine may keep the same file. */
  readonly views: Views;
  readonly store: EventStore;
  readonly names: StreamNames;
  readonly projectors: readonly Projector[];
  /** Which read models; left out: all of them. */
  readonly only?: readonly string[];
  /** Does not go on where an earlier rebuild was left. */
  readonly fromZero?: boolean;
  /** Streams that cannot be folded are parked; otherwise the rebuild stops at the first. */
  readonly parks?: boolean;
  readonly nowMs: () => number;
  readonly setTimer: SetTimer;
  /** Ends it behind the page under way; the next run goes on from there. */
  readonly signal: AbortSignal;
  readonly log?: Log;
  readonly onProgress?: (record: RebuildRecord, position: Place) => void;
  /** How long an engine may take to take the rows over. Default 60 000. */
  readonly handOverMs?: number;
  /** Default: {@link FAST} where no engine keeps the file, otherwise {@link GENTLE}. */
  readonly limits?: BuilderLimits;
  readonly startThread?: StartThread;
}

export interface RebuildOutcome {
  /** `swapped`: nobody kept the file. `taken-over`: the engine that keeps it serves the new rows. `stopped`: by the signal. */
  readonly kind: 'swapped' | 'taken-over' | 'stopped';
  readonly record: RebuildRecord;
  readonly isResumed: boolean;
  /** Of the built rows, `merchants@3`. */
  readonly generations: readonly string[];
  readonly position: Place;
}

const HAND_OVER_MS = 60_000;
const LOOK_INTERVAL_MS = 100;

/**
 * Builds read models from the log beside the ones that are live, and swaps them by one transaction once they have caught up.
 * Readers keep the old rows until then. It has nothing to send with (promise 3). Rejects with `no-such-projection`,
 * `no-read-models`, `stream-parked`, `not-taken-over`, other `ViewsError`s and `StoreError`s; whatever has been built by then
 * is gone on with by the next run.
 */
export const rebuild = async (options: RebuildOptions): Promise<RebuildOutcome> => {
  const { views, store, projectors, parks = false, fromZero = false, nowMs } = options;
  const names = namesToBuild(projectors, options.only);
  const log = { identity: await store.identity(), head: await store.headPosition() };
  if (names.length <= projectors.length) checkLive(views, log.identity);
  const compare = (a: Place, b: Place): number => store.comparePositions(a, b);
  const shared = { names, projectors, parks, fromZero, log, compare, nowMs: nowMs() };
  const building = beginOrResume(views, { ...shared, why: 'asked' });
  const builder = views.reading(() => createBuilder(options, building));
  builder.note({ parks, state: 'building' });
  const outcome = (kind: RebuildOutcome['kind']): RebuildOutcome => ({
    kind,
    record: builder.record,
    isResumed: building.isResumed,
    generations: building.generations
      .filter(({ name }) => names.includes(name))
      .map(({ name, generation }) => `${name}@${generation}`),
    position: builder.position,
  });
  try {
    return outcome(await buildAndHandOver(options, builder, building));
  } catch (error) {
    await builder.close();
    noteTrouble(views, error, nowMs());
    throw error;
  } finally {
    await builder.close();
  }
};

const createBuilder = (options: RebuildOptions, building: Building): Builder => {
  const { views, store, names, nowMs, setTimer, onProgress, startThread, log = () => undefined } = options;
  const isAlone = !isKept(views);
  const pause = (workedMs: number): Promise<void> =>
    new Promise((resolve) => (isAlone ? resolve() : void setTimer(Math.max(1, workedMs), resolve)));
  const { limits = isAlone ? FAST : GENTLE } = options;
  return new Builder({ views, store, names, building, limits, nowMs, pause, log, onProgress, startThread });
};

const buildAndHandOver = async (
  options: RebuildOptions,
  builder: Builder,
  building: Building,
): Promise<RebuildOutcome['kind']> => {
  const { views, store, signal } = options;
  const isPartial = building.record.names.length <= options.projectors.length;
  const to = (): Place | Promise<Place> => (isPartial || isKept(views) ? livePlace(views) : store.headPosition());
  for (;;) {
    if (!(await builder.advance(to, signal))) return 'stopped';
    builder.complete();
    const engineLock = takeEngineLock(views);
    if (engineLock === undefined) {
      const answer = await handOver(options, builder);
      if (answer !== 'engine-gone') return answer;
      continue;
    }
    try {
      // An engine may have come, gone on and gone since we looked.
      if (isPartial && livePlace(views) !== builder.position) continue;
      promote(views, { ...building, record: builder.record });
      return 'swapped';
    } finally {
      engineLock.release();
    }
  }
};

/** The engine that keeps the file sees that the rows are ready, folds what has happened since, and swaps. */
const handOver = async (
  options: RebuildOptions,
  builder: Builder,
): Promise<'taken-over' | 'stopped' | 'engine-gone'> => {
  const { views, nowMs, setTimer, signal, handOverMs = HAND_OVER_MS } = options;
  builder.note({ state: 'ready' });
  const untilMs = nowMs() + handOverMs;
  while (nowMs() < untilMs && !signal.aborted) {
    await new Promise<void>((resolve) => void setTimer(LOOK_INTERVAL_MS, resolve));
    const record = readRebuildRecord(views);
    if (record === undefined) return 'taken-over';
    if (!isKept(views)) return 'engine-gone';
  }
  if (signal.aborted) return 'stopped';
  const says = 'the rows are built, but the engine that keeps them has not taken them over';
  throw new ViewsError('not-taken-over', `${says}; it will when it can, see \`lapse projections\``);
};

const checkLive = (views: Views, identity: string): void => {
  const sessions = views.live(SESSIONS);
  if (sessions?.store === identity) return;
  const why =
    sessions === undefined ? 'there are no read models here yet' : 'the read models here belong to another log';
  throw new ViewsError('no-read-models', `${why}, beside which one alone could be built: use --all`);
};

const livePlace = (views: Views): Place => views.live(SESSIONS)?.position ?? 'start';

const takeEngineLock = (views: Views): ViewsLock | undefined =>
  views.file === IN_MEMORY ? { release: () => undefined } : tryLock(views.file, 'engine');

const isKept = (views: Views): boolean => {
  const free = takeEngineLock(views);
  free?.release();
  return free === undefined;
};

/** On top of what the file says: how far it has come is told by what has been written. */
const noteTrouble = (views: Views, trouble: unknown, updatedAtMs: number): void => {
  try {
    const record = readRebuildRecord(views);
    const error = trouble instanceof Error ? trouble.message : String(trouble);
    if (record !== undefined) noteRebuild(views, { ...record, error, updatedAtMs });
  } catch {
    // The file that cannot be written to is the trouble: the first error tells it.
  }
};
