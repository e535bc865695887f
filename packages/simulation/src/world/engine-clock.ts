/** A machine's clock: ahead or behind by some offset, running fast or slow, and set by somebody now and then. */
export class EngineClock {
  private sinceMs: number;
  /** When it was last set, in the world's own time. */
  setAtMs = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly trueNowMs: () => number,
    private offsetAtStartMs: number,
    private driftPpm: number,
  ) {
    this.sinceMs = trueNowMs();
  }

  readonly nowMs = (): number => this.trueNowMs() + this.offsetMs();

  /** How far it is ahead. */
  readonly offsetMs = (): number =>
    this.offsetAtStartMs + Math.round(((this.trueNowMs() - this.sinceMs) * this.driftPpm) / 1_000_000);

  /** Somebody sets it; the drift stays. */
  set(offsetMs: number): void {
    this.offsetAtStartMs = offsetMs;
    this.sinceMs = this.setAtMs = this.trueNowMs();
  }

  /** Set right, and held there. */
  heal(offsetMs: number): void {
    this.set(offsetMs);
    this.driftPpm = 0;
  }
}
