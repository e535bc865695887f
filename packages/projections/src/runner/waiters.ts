import { ViewsError } from '../errors.js';
import type { SetTimer } from '../timer.js';
import type { Place } from '../views/views.js';

interface Waiter {
  readonly position: Place;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
  readonly cancelTimer: () => void;
}

/** Who waits to read what they wrote. */
export class Waiters {
  private readonly waiting = new Set<Waiter>();

  constructor(
    private readonly setTimer: SetTimer,
    private readonly waitersMax: number,
  ) {}

  /** Rejects with `read-too-late` after `timeoutMs`, or at once where too many wait already. */
  wait(position: Place, timeoutMs: number): Promise<void> {
    if (this.waiting.size >= this.waitersMax)
      return Promise.reject(tooLate(position, `${this.waitersMax} wait already`));
    return new Promise((resolve, reject) => {
      const cancelTimer = this.setTimer(timeoutMs, () => {
        this.waiting.delete(waiter);
        reject(tooLate(position, `not within ${timeoutMs} ms`));
      });
      const waiter: Waiter = { position, resolve, reject, cancelTimer };
      this.waiting.add(waiter);
    });
  }

  /** `isReached` says whether rows up to a position can be read now. */
  wake(isReached: (position: Place) => boolean): void {
    for (const waiter of this.waiting) {
      if (!isReached(waiter.position)) continue;
      this.end(waiter);
      waiter.resolve();
    }
  }

  stop(error: Error): void {
    for (const waiter of this.waiting) {
      this.end(waiter);
      waiter.reject(error);
    }
  }

  private end(waiter: Waiter): void {
    this.waiting.delete(waiter);
    waiter.cancelTimer();
  }
}

const tooLate = (position: Place, why: string): ViewsError =>
  new ViewsError('read-too-late', `the read models have not reached position ${position}: ${why}`);
