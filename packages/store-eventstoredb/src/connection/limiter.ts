const COMPACT_AT = 1024;

/** At most so many at once; the others wait in order, and not too many of them. */
export class Limiter {
  private running = 0;
  private readonly waiting: (() => void)[] = [];
  private firstWaiting = 0;

  constructor(
    private readonly runningMax: number,
    private readonly waitingMax: number,
    private readonly refuse: () => Error,
  ) {}

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.running < this.runningMax) this.running += 1;
    else await this.turn();
    try {
      return await work();
    } finally {
      this.next();
    }
  }

  private turn(): Promise<void> {
    if (this.waiting.length - this.firstWaiting >= this.waitingMax) throw this.refuse();
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  /** Hands its place to the first that waits. */
  private next(): void {
    const waiter = this.waiting[this.firstWaiting];
    if (waiter === undefined) {
      this.running -= 1;
      this.waiting.length = 0;
      this.firstWaiting = 0;
      return;
    }
    this.firstWaiting += 1;
    if (this.firstWaiting >= COMPACT_AT) {
      this.waiting.splice(0, this.firstWaiting);
      this.firstWaiting = 0;
    }
    waiter();
  }
}
