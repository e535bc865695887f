/** So many fresh events must agree before a clock is called wrong: one may have been slow on its way. */
const SAMPLES = 8;

/**
 * D21: an engine whose clock is further than `clockSkewMs` from the store's must not sweep. Watches the store's time of
 * events that have just been written: a live event may look old because it was slow, so the smallest difference of the
 * last few counts.
 */
export class ClockGuard {
  private readonly differencesMs: number[] = [];

  constructor(private readonly clockSkewMs: number) {}

  /** An event that the store wrote at `storedAtMs` was seen live at `nowMs`. */
  note(storedAtMs: number, nowMs: number): void {
    this.differencesMs.push(nowMs - storedAtMs);
    if (this.differencesMs.length > SAMPLES) this.differencesMs.shift();
  }

  /** How far our clock is ahead of the store's, as far as that can be told; negative: behind. */
  get aheadMs(): number {
    return this.differencesMs.length < SAMPLES ? 0 : this.differencesMs.reduce(closerToZero);
  }

  get isWrong(): boolean {
    return Math.abs(this.aheadMs) > this.clockSkewMs;
  }
}

const closerToZero = (a: number, b: number): number => (Math.abs(a) <= Math.abs(b) ? a : b);
