import type { StoreErrorCode } from '@lapse/store';

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

/** The switches of one engine's way to the store. Each is on until an instant, in the world's own time. */
export class StoreFaults {
  unavailable: { readonly untilMs: number; readonly hangs: boolean } = { untilMs: 0, hangs: false };
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
    this.unavailable = { untilMs: 0, hangs: false };
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
