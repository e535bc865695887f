/** Time that passes only as fast as the event loop turns: deadlines are measured in it, never in the machine's own time. */
export class VirtualTime {
  private elapsedMs = 0;
  private readonly sleepers = new Set<{ readonly untilMs: number; readonly wake: () => void }>();
  private running = true;

  constructor(private readonly stepMs: number) {
    this.turn();
  }

  readonly nowMs = (): number => 1_700_000_000_000 + this.elapsedMs;

  readonly sleep = (ms: number, signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      const sleeper = { untilMs: this.elapsedMs + ms, wake: resolve };
      this.sleepers.add(sleeper);
      const wake = (): void => {
        this.sleepers.delete(sleeper);
        resolve();
      };
      if (signal.aborted) wake();
      else signal.addEventListener('abort', wake, { once: true });
    });

  get passedMs(): number {
    return this.elapsedMs;
  }

  stop(): void {
    this.running = false;
  }

  private turn(): void {
    setImmediate(() => {
      this.elapsedMs += this.stepMs;
      for (const sleeper of this.sleepers) {
        if (sleeper.untilMs > this.elapsedMs) continue;
        this.sleepers.delete(sleeper);
        sleeper.wake();
      }
      if (this.running) this.turn();
    });
  }
}
