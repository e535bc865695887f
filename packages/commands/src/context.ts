import type { EventStore } from '@lapse/store';
import type { StreamNames } from '@lapse/domain';
import type { KeyedQueue } from './keyed-queue.js';
import type { SessionCache } from './session-cache.js';
import type { CommandLimits, CommandSettings } from './types.js';

/** What every command works with. */
export interface Context {
  readonly store: EventStore;
  readonly names: StreamNames;
  readonly settings: CommandSettings;
  readonly limits: CommandLimits;
  readonly nowMs: () => number;
  readonly random: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  readonly cache: SessionCache;
  /** Commands on one session wait for one another here, so that they do not lose races against their own kind. */
  readonly queue: KeyedQueue;
}

export const defaultLimits: CommandLimits = {
  cachedSessionsMax: 20_000,
  attemptsMax: 20,
  chainLengthMax: 10_000,
};

/** The longest pause before a command that lost a race is decided afresh. */
const RETRY_PAUSE_MS_MAX = 50;

/** Full jitter, growing with the attempt; the first two tries follow at once. */
export const pauseBeforeRetry = async (context: Context, attempt: number): Promise<void> => {
  if (attempt < 2) return;
  await context.sleep(context.random() * Math.min(RETRY_PAUSE_MS_MAX, 2 ** attempt));
};
