import type { StoreErrorCode } from '@lapse/store';

/**
 * Calls are rejected at once; or wait until the store is back; or wait at first, are rejected together, and later ones at
 * once, while the subscriptions live on.
 */
export type HowUnavailable = 'rejects' | 'hangs' | 'times-out';

/** How long calls wait at first, at most, before they are rejected. */
export const CALL_TIMES_OUT_MS_MAX = 40_000;

/** Shares of calls, 0 to 1, that go wrong while a store is flaky. */
export interface FlakyRates {
  /** The append is applied and the answer is lost. */
  readonly answerLost: number;
  /** The append is not applied, and nobody can tell. */
  readonly requestLost: number;
  /** The append is not applied, and the store says so. */
  readonly refused: number;
  /** A stranger writes to the same stream right before the append. */
  readonly intruded: number;
  readonly readFailed: number;
  /** The call takes up to {@link SLOW_CALL_MS_MAX}. */
  readonly slow: number;
  /** A subscription that is opened again hands out some events twice. */
  readonly repeats: number;
}

export const SLOW_CALL_MS_MAX = 8_000;
/** How many events a subscription may hand out again. */
export const REPEATED_EVENTS_MAX = 12;

const NO_FLAKES: FlakyRates = {
  answerLost: 0,
  requestLost: 0,
  refused: 0,
  intruded: 0,
  readFailed: 0,
  slow: 0,
  repeats: 0,
};

interface Unavailable {
  readonly untilMs: number;
  readonly how: HowUnavailable;
  /** With `times-out`: when those that wait are rejected. */
  readonly waitUntilMs: number;
}

const AVAILABLE: Unavailable = { untilMs: 0, how: 'rejects', waitUntilMs: 0 };

/** The switches of one engine's way to the store. Each is on until an instant, in the world's own time. */
export class StoreFaults {
  unavailable: Unavailable = AVAILABLE;
  stalledUntilMs = 0;
  diskFullUntilMs = 0;
  private flaky: { readonly untilMs: number; readonly rates: FlakyRates } = { untilMs: 0, rates: NO_FLAKES };

  flakyUntil(untilMs: number, rates: FlakyRates): void {
    this.flaky = { untilMs, rates };
  }

  ratesAt(nowMs: number): FlakyRates {
    return nowMs < this.flaky.untilMs ? this.flaky.rates : NO_FLAKES;
  }

  heal(): void {
    this.unavailable = AVAILABLE;
    this.stalledUntilMs = this.diskFullUntilMs = 0;
    this.flakyUntil(0, NO_FLAKES);
  }
}

/** What a store says of its own accord; `append-ambiguous` is what it says when it cannot tell. */
export const SAYS: Readonly<Partial<Record<StoreErrorCode, string>>> = {
  'append-ambiguous': 'the connection broke before the answer came',
  'store-unavailable': 'nobody listens',
  'disk-full': 'no space left',
};
