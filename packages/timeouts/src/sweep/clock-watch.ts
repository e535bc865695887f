/** How far the store's clock is ahead of ours, as far as anybody can tell: somewhere in between. */
interface OffsetBounds {
  readonly leastMs: number;
  readonly mostMs: number;
}

const unknown: OffsetBounds = { leastMs: Number.NEGATIVE_INFINITY, mostMs: Number.POSITIVE_INFINITY };

/** `unknown`: nothing has been learnt yet; one close at a time finds out. `off`: further apart than allowed (D21). */
export type ClockVerdict = 'fine' | 'unknown' | 'off';

/**
 * Compares our clock with the store's. Somebody may hand the difference in (a store on this machine: 0); otherwise it is
 * learnt: an event of ours was stored between the moment we sent it and the moment we knew of it, and nothing that we see was
 * stored after we saw it.
 */
export class ClockWatch {
  private bounds = unknown;

  constructor(
    private readonly clockSkewMs: number,
    private readonly handedInMs: () => number | undefined,
  ) {}

  /** Nobody has handed the difference in. */
  get isLearning(): boolean {
    return this.handedInMs() === undefined;
  }

  /** An event of ours, stored while we waited for it. */
  ownAppend(sentAtMs: number, knownAtMs: number, storedAtMs: number): void {
    this.bounds = { leastMs: storedAtMs - knownAtMs, mostMs: storedAtMs - sentAtMs };
  }

  /** Any event, stored before `nowMs`. */
  seen(storedAtMs: number, nowMs: number): void {
    const leastMs = storedAtMs - nowMs;
    // What was learnt before cannot be: one of the clocks was set.
    if (leastMs > this.bounds.mostMs) this.bounds = { leastMs, mostMs: Number.POSITIVE_INFINITY };
    else if (leastMs > this.clockSkewMs || this.isNearer(leastMs)) this.bounds = { ...this.bounds, leastMs };
  }

  /** While nothing is known but how far ahead the store's clock is at least, each event may say it better. */
  private isNearer(leastMs: number): boolean {
    const { leastMs: knownMs, mostMs } = this.bounds;
    return mostMs === Number.POSITIVE_INFINITY && Number.isFinite(knownMs) && leastMs > knownMs;
  }

  get verdict(): ClockVerdict {
    const handedInMs = this.handedInMs();
    if (handedInMs !== undefined) return Math.abs(handedInMs) > this.clockSkewMs ? 'off' : 'fine';
    const { leastMs, mostMs } = this.bounds;
    if (leastMs > this.clockSkewMs || mostMs < -this.clockSkewMs) return 'off';
    return mostMs === Number.POSITIVE_INFINITY ? 'unknown' : 'fine';
  }

  /** The best guess; undefined where there is none. */
  get offsetMs(): number | undefined {
    const handedInMs = this.handedInMs();
    if (handedInMs !== undefined) return handedInMs;
    const { leastMs, mostMs } = this.bounds;
    if (Number.isFinite(leastMs) && Number.isFinite(mostMs)) return (leastMs + mostMs) / 2;
    return Number.isFinite(leastMs) ? leastMs : undefined;
  }

  /** Not later than now by either clock: what is due by it may be closed whichever is right. */
  earlierNowMs(nowMs: number): number {
    const offsetMs = this.offsetMs ?? 0;
    return offsetMs < 0 ? nowMs + offsetMs - this.clockSkewMs : nowMs;
  }
}
