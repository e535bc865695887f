import { isStoreError, type StoreErrorCode } from '../errors.js';
import type { AllFilter, AllPage, EventStore, Position, SubscribeOptions, SubscriptionMessage } from '../port.js';
import { checkWaits, fullJitterMs, type Backoff } from './backoff.js';
import { Interruptible } from './interruptible.js';
import { restOfPage } from './rest-of-page.js';
import { watchForSilence, type Activity, type Idle } from './watch-for-silence.js';

export interface FollowTrouble {
  /** `failed`: the subscription threw; `ended`: it ended without a word; `silent`: it said nothing of an event that is there. */
  readonly kind: 'failed' | 'ended' | 'silent';
  /** What was thrown, with `failed`. */
  readonly error: unknown;
  /** 1, 2, 3 … since the last progress. */
  readonly failures: number;
  readonly retryInMs: number;
}

export interface FollowOptions extends AllFilter {
  /** Exclusive: the first event handed out stands behind it. */
  readonly after: Position | 'start';
  readonly pageSizeMax?: number;
  readonly payloadOfKinds?: readonly number[];
  /**
   * Gets every page in order, also an empty one whose `scannedTo` has moved, and is awaited before the next. Throwing ends
   * `follow` with that very error: what to do with a page that cannot be handled only the caller knows.
   */
  readonly onPage: (page: AllPage) => void | Promise<void>;
  /** Everything up to `at` is handled and nothing more was there. Throwing ends `follow` as well. */
  readonly onCaughtUp?: (at: Position | 'start') => void | Promise<void>;
  /** Told before each wait. Throwing ends `follow` as well. */
  readonly onTrouble?: (trouble: FollowTrouble) => void;
  /** Which errors of the *store* are worth another try. Default {@link isTransient}; any other ends `follow`. */
  readonly isRetryable?: (error: unknown) => boolean;
  readonly backoff: Backoff;
  /** From 0 up to 1. */
  readonly random: () => number;
  /** Resolves after `ms`, or as soon as the signal aborts (rejecting is fine then). */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Ends `follow` without an error. */
  readonly signal: AbortSignal;
  /** Watches for a subscription that is open and silent. Left out: silence is trusted. */
  readonly idle?: Idle;
}

const TRANSIENT: ReadonlySet<StoreErrorCode> = new Set<StoreErrorCode>(['store-unavailable', 'store-busy']);

/** A later try may succeed without anybody doing anything. */
export const isTransient = (error: unknown): boolean => isStoreError(error) && TRANSIENT.has(error.code);

type Broken = { readonly kind: 'failed'; readonly error: unknown } | { readonly kind: 'ended' | 'silent' };
type Outcome = Broken | { readonly kind: 'aborted' };

/**
 * The one subscription loop: catch-up, then live, for as long as the signal lets it. When the subscription breaks off it is
 * opened again behind the last handled page after a wait with full jitter; tries are not counted out, each wait is bounded
 * by `backoff.maxMs`. `onPage` sees every matching event exactly once and in order, whatever the store repeats on resuming.
 *
 * Resolves when the signal aborts (a page in its handler is finished first). Rejects with what a handler threw, or with an
 * error of the store that is not retryable.
 */
export const follow = async (store: EventStore, options: FollowOptions): Promise<void> => {
  checkWaits(options.backoff, options.idle?.afterMs);
  const { signal, random, backoff, isRetryable = isTransient } = options;
  const place: Place = { handledTo: options.after, messages: 0, handling: false, failures: 0 };
  while (!signal.aborted) {
    const outcome = await followOnce(store, options, place);
    if (outcome.kind === 'aborted') return;
    const error = outcome.kind === 'failed' ? outcome.error : undefined;
    if (outcome.kind === 'failed' && !isRetryable(error)) throw error;
    place.failures += 1;
    const retryInMs = fullJitterMs(backoff, place.failures, random);
    options.onTrouble?.({ kind: outcome.kind, error, failures: place.failures, retryInMs });
    await sleepUntil(options, retryInMs, signal);
  }
};

/** How far the loop is, and how it fares. `failures` goes back to 0 with progress, not with a connection that only opens. */
interface Place extends Activity {
  handledTo: Position | 'start';
  messages: number;
  handling: boolean;
  failures: number;
}

/** One subscription from its opening until it breaks off or is stopped. Errors of handlers pass through. */
const followOnce = async (store: EventStore, options: FollowOptions, place: Place): Promise<Outcome> => {
  const stop = new AbortController();
  let pulls: Interruptible<SubscriptionMessage, Outcome>;
  try {
    const subscription = store.subscribe(subscribeOptions(options, place.handledTo, stop.signal));
    pulls = new Interruptible(subscription[Symbol.asyncIterator]());
  } catch (error) {
    return { kind: 'failed', error };
  }
  const abort = (): void => pulls.interrupt({ kind: 'aborted' });
  options.signal.addEventListener('abort', abort);
  if (options.signal.aborted) abort();
  watch(store, options, place, pulls, stop.signal);
  try {
    return await handleAll(store, options, place, pulls);
  } finally {
    options.signal.removeEventListener('abort', abort);
    stop.abort();
    pulls.leave();
  }
};

const handleAll = async (
  store: EventStore,
  options: FollowOptions,
  place: Place,
  pulls: Interruptible<SubscriptionMessage, Outcome>,
): Promise<Outcome> => {
  for (;;) {
    let message: SubscriptionMessage | undefined;
    try {
      const answer = await pulls.next();
      if ('interrupted' in answer) return answer.interrupted;
      if (answer.pulled.done === true) return { kind: 'ended' };
      message = behindPlace(store, place, answer.pulled.value);
    } catch (error) {
      return { kind: 'failed', error };
    }
    place.messages += 1;
    if (message === undefined) continue;
    place.handling = true;
    try {
      await handle(store, options, place, message);
    } finally {
      place.handling = false;
    }
  }
};

/** The message without what was handled before; undefined where nothing is left of it. */
const behindPlace = (
  store: EventStore,
  place: Place,
  message: SubscriptionMessage,
): SubscriptionMessage | undefined => {
  if (message.kind === 'caught-up') return { kind: 'caught-up', at: later(store, message.at, place.handledTo) };
  const page = restOfPage(message.page, place.handledTo, (a, b) => store.comparePositions(a, b));
  return page === undefined ? undefined : { kind: 'page', page };
};

const handle = async (
  store: EventStore,
  options: FollowOptions,
  place: Place,
  message: SubscriptionMessage,
): Promise<void> => {
  if (message.kind === 'caught-up') {
    place.handledTo = message.at;
    await options.onCaughtUp?.(message.at);
    return;
  }
  const { page } = message;
  await options.onPage(page);
  place.handledTo = page.size === 0 ? page.scannedTo : later(store, page.scannedTo, page.position(page.size - 1));
  place.failures = 0;
};

const later = (store: EventStore, a: Position | 'start', b: Position | 'start'): Position | 'start' =>
  store.comparePositions(a, b) < 0 ? b : a;

const watch = (
  store: EventStore,
  options: FollowOptions,
  place: Place,
  pulls: Interruptible<SubscriptionMessage, Outcome>,
  signal: AbortSignal,
): void => {
  const { idle } = options;
  if (idle === undefined) return;
  const sleep = (): Promise<void> => sleepUntil(options, idle.afterMs, signal);
  const onHealthy = (): void => {
    place.failures = 0;
  };
  watchForSilence(store, sleep, place, onHealthy, signal).then(
    (seen) => {
      if (seen === 'silent') pulls.interrupt({ kind: 'silent' });
    },
    (error: unknown) => pulls.interrupt({ kind: 'failed', error }),
  );
};

const sleepUntil = async ({ sleep }: FollowOptions, ms: number, signal: AbortSignal): Promise<void> => {
  try {
    await sleep(ms, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
};

const subscribeOptions = (
  { streamPrefixes, pageSizeMax, payloadOfKinds }: FollowOptions,
  after: Position | 'start',
  signal: AbortSignal,
): SubscribeOptions => ({
  after,
  signal,
  ...(streamPrefixes === undefined ? {} : { streamPrefixes }),
  ...(pageSizeMax === undefined ? {} : { pageSizeMax }),
  ...(payloadOfKinds === undefined ? {} : { payloadOfKinds }),
});
