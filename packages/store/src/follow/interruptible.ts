/**
 * Pulls from an iterator that may never answer. Each pull has its own promise: racing every pull against one long-lived
 * "stopped" promise would leave a callback on it for every page ever read.
 */
export class Interruptible<T, Reason> {
  private reason: Reason | undefined;
  private wake: (() => void) | undefined;

  constructor(private readonly iterator: AsyncIterator<T>) {}

  /** Ends the pull under way and all later ones with this reason; the first reason stays. */
  interrupt(reason: Reason): void {
    this.reason ??= reason;
    this.wake?.();
  }

  next(): Promise<{ readonly pulled: IteratorResult<T> } | { readonly interrupted: Reason }> {
    return new Promise((resolve, reject) => {
      this.wake = () => {
        if (this.reason !== undefined) resolve({ interrupted: this.reason });
      };
      this.wake();
      if (this.reason === undefined) this.iterator.next().then((pulled) => resolve({ pulled }), reject);
    });
  }

  /** Leaves the iteration without waiting: behind a pull that hangs, waiting would hang as well. */
  leave(): void {
    this.wake = undefined;
    this.iterator.return?.().catch(() => undefined);
  }
}
