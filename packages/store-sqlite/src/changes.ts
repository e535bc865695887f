/** Runs `wake` once after so many milliseconds; the answer takes it back. */
export type SetTimer = (afterMs: number, wake: () => void) => () => void;

export interface Polling {
  readonly intervalMs: number;
  readonly setTimer: SetTimer;
}

/** Where subscriptions wait for the log to grow: for the commit of this process, or for the next look at another's. */
export class Changes {
  private readonly waiting = new Set<() => void>();

  /** Without polling only {@link wakeAll} wakes. */
  constructor(private readonly polling?: Polling) {}

  wakeAll(): void {
    for (const wake of [...this.waiting]) wake();
  }

  /** Resolves at the next change (or look), or when the signal aborts. */
  next(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      let cancelTimer: (() => void) | undefined;
      const wake = (): void => {
        this.waiting.delete(wake);
        signal?.removeEventListener('abort', wake);
        cancelTimer?.();
        resolve();
      };
      this.waiting.add(wake);
      signal?.addEventListener('abort', wake);
      if (this.polling !== undefined) cancelTimer = this.polling.setTimer(this.polling.intervalMs, wake);
      if (signal?.aborted === true) wake();
    });
  }
}
