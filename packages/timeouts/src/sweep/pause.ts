/** Pauses after trouble: twice as long each time, up to a bound, over with the first success. */
export class Pause {
  private failures = 0;
  private untilMs = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly firstMs: number,
    private readonly maxMs: number,
  ) {}

  failed(nowMs: number): void {
    const delayMs = Math.min(this.maxMs, this.firstMs * 2 ** Math.min(this.failures, DOUBLINGS_MAX));
    this.failures++;
    this.untilMs = nowMs + delayMs;
  }

  succeeded(): void {
    this.failures = 0;
    this.untilMs = Number.NEGATIVE_INFINITY;
  }

  /** A clock that was set back must not make the pause longer than it was meant. */
  isOver(nowMs: number): boolean {
    return nowMs >= this.untilMs || this.untilMs - nowMs > this.maxMs;
  }

  get endsAtMs(): number {
    return this.untilMs;
  }
}

const DOUBLINGS_MAX = 20;
