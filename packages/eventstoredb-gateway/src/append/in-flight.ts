export interface InFlightLimits {
  readonly appendsInFlightMax: number;
  readonly waitingBytesMax: number;
}

/** Counts the appends that wait for the store, and the bytes that they and unfinished ones hold, over all connections. */
export class InFlight {
  appends = 0;
  bytes = 0;
  private readonly waiting = new Set<() => void>();
  private readonly idle = new Set<() => void>();

  constructor(private readonly limits: InFlightLimits) {}

  get isFull(): boolean {
    return this.appends >= this.limits.appendsInFlightMax || this.bytes >= this.limits.waitingBytesMax;
  }

  hold(bytes: number): void {
    this.bytes += bytes;
  }

  letGo(bytes: number): void {
    this.bytes -= bytes;
    this.wake();
  }

  begin(): void {
    this.appends += 1;
  }

  end(): void {
    this.appends -= 1;
    this.wake();
  }

  /** Calls back once when there is room again. Returns how to stop waiting. */
  onRoom(run: () => void): () => void {
    this.waiting.add(run);
    return () => this.waiting.delete(run);
  }

  /** Resolves when no append waits for the store. */
  whenIdle(): Promise<void> {
    if (this.appends === 0) return Promise.resolve();
    return new Promise((resolve) => this.idle.add(resolve));
  }

  private wake(): void {
    if (this.appends === 0) {
      for (const resolve of this.idle) resolve();
      this.idle.clear();
    }
    if (this.isFull || this.waiting.size === 0) return;
    const runs = [...this.waiting];
    this.waiting.clear();
    for (const run of runs) run();
  }
}
