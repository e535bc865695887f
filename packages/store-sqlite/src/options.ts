import { APPEND_BYTES_MAX_DEFAULT, type FactsExtractor, type NameRules } from '@lapse/store';
import type { Polling, SetTimer } from './changes.js';
import type { GroupLimits } from './group-commit.js';

interface CommonOptions {
  readonly file: string;
  readonly extractFacts: FactsExtractor;
  /** How long SQLite may wait for another connection; it blocks the thread. 0 to 60 000, default 5 000. */
  readonly busyTimeoutMs?: number;
}

/** For the one process that writes. The folder and the file are created if they are missing. */
export interface SqliteWriterOptions extends CommonOptions, NameRules {
  readonly readOnly?: false;
  /** The store's clock, for `storedAtMs` alone. */
  readonly nowMs: () => number;
  /** Names a log when it is created; a UUID, say. */
  readonly newIdentity: () => string;
  /** Default 1 MiB, what an EventStoreDB node takes. 1 KiB to 64 MiB. */
  readonly appendBytesMax?: number;
  /** How many events share one transaction. 1 to 100 000, default 2 000. */
  readonly groupEventsMax?: number;
  /** How many bytes share one transaction. 1 KiB to 1 GiB, default 8 MiB. */
  readonly groupBytesMax?: number;
  /** How many appends may wait for their transaction, beyond which `store-busy` is answered. 1 to 1 000 000, default 20 000. */
  readonly waitingAppendsMax?: number;
  /** 1 KiB to 4 GiB, default 256 MiB. */
  readonly waitingBytesMax?: number;
  /** Of how many streams the last revision is kept in memory. 2 to 10 000 000, default 200 000. */
  readonly streamCacheMax?: number;
  /** The log may not grow beyond it: `disk-full`. 64 KiB and up, default unbounded. */
  readonly fileBytesMax?: number;
}

/** For any number of other processes that read while one writes. Creates nothing. */
export interface SqliteReaderOptions extends CommonOptions {
  readonly readOnly: true;
  readonly setTimer: SetTimer;
  /**
   * Who reads the whole log has its next pages read by a second thread meanwhile. Default false. Where no thread can be started,
   * pages are read as ever.
   */
  readonly readsAhead?: boolean;
  /** How often a waiting subscription looks for new events. 10 to 60 000, default 200. */
  readonly pollIntervalMs?: number;
}

export type SqliteStoreOptions = SqliteWriterOptions | SqliteReaderOptions;

const KIB = 1024;
const MIB = 1024 * KIB;
const GIB = 1024 * MIB;

/** `given` where it is a number, moved into its bounds. */
const within = (min: number, max: number, given: number | undefined, otherwise: number): number =>
  Number.isFinite(given) ? Math.min(Math.max(Math.trunc(given as number), min), max) : otherwise;

export const busyTimeoutOf = (options: CommonOptions): number => within(0, 60_000, options.busyTimeoutMs, 5_000);

export const groupLimitsOf = (options: SqliteWriterOptions): GroupLimits => ({
  groupEventsMax: within(1, 100_000, options.groupEventsMax, 2_000),
  groupBytesMax: within(KIB, GIB, options.groupBytesMax, 8 * MIB),
  waitingAppendsMax: within(1, 1_000_000, options.waitingAppendsMax, 20_000),
  // At least one append must always fit.
  waitingBytesMax: Math.max(within(KIB, 4 * GIB, options.waitingBytesMax, 256 * MIB), appendBytesMaxOf(options)),
});

export const appendBytesMaxOf = (options: SqliteWriterOptions): number =>
  within(KIB, 64 * MIB, options.appendBytesMax, APPEND_BYTES_MAX_DEFAULT);

export const streamCacheMaxOf = (options: SqliteWriterOptions): number =>
  within(2, 10_000_000, options.streamCacheMax, 200_000);

export const fileBytesMaxOf = (options: SqliteWriterOptions): number | undefined =>
  options.fileBytesMax === undefined ? undefined : within(64 * KIB, Number.MAX_SAFE_INTEGER, options.fileBytesMax, GIB);

export const pollingOf = (options: SqliteReaderOptions): Polling => ({
  intervalMs: within(10, 60_000, options.pollIntervalMs, 200),
  setTimer: options.setTimer,
});
