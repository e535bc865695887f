export interface Backoff {
  /** The ceiling of the first wait. */
  readonly firstMs: number;
  /** The ceiling of every wait. */
  readonly maxMs: number;
}

/** A longer `setTimeout` fires at once. */
export const WAIT_MS_MAX = 2 ** 31 - 1;
const DOUBLINGS_MAX = 30;

/** Throws a RangeError for waits that would make a busy loop. */
export const checkWaits = ({ firstMs, maxMs }: Backoff, idleAfterMs: number | undefined): void => {
  if (idleAfterMs !== undefined && !(idleAfterMs > 0 && idleAfterMs <= WAIT_MS_MAX)) {
    throw new RangeError(`idle after ${idleAfterMs} ms: more than 0 and at most ${WAIT_MS_MAX} is needed`);
  }
  if (!(firstMs > 0 && maxMs >= firstMs && maxMs <= WAIT_MS_MAX)) {
    throw new RangeError(`backoff from ${firstMs} to ${maxMs} ms: 0 < firstMs <= maxMs <= ${WAIT_MS_MAX} is needed`);
  }
};

/**
 * How long to wait before try number `failures + 1`: anywhere between nothing and a ceiling that doubles with each failure
 * ("full jitter": many who lost the same server do not come back together).
 */
export const fullJitterMs = (backoff: Backoff, failures: number, random: () => number): number =>
  random() * Math.min(backoff.maxMs, backoff.firstMs * 2 ** Math.min(failures - 1, DOUBLINGS_MAX));
