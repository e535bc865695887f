import type { Owner } from './owner.js';

export interface Timer {
  readonly atMs: number;
  readonly owner: Owner;
  readonly run: () => void;
  cancelled: boolean;
}

interface Entry {
  readonly timer: Timer;
  readonly number: number;
}

const isBefore = (a: Entry, b: Entry): boolean =>
  a.timer.atMs < b.timer.atMs || (a.timer.atMs === b.timer.atMs && a.number < b.number);

const isLive = ({ timer }: Entry): boolean => !timer.cancelled && timer.owner.alive;

/** Timers by their instant; those of one instant in the order in which they were set. */
export class TimerHeap {
  private readonly entries: Entry[] = [];
  private count = 0;

  push(timer: Timer): void {
    this.entries.push({ timer, number: this.count++ });
    this.rise(this.entries.length - 1);
  }

  /** The instant of the next timer that still stands. */
  nextMs(): number | undefined {
    while (this.entries.length > 0 && !isLive(this.entries[0] as Entry)) this.pop();
    return this.entries[0]?.timer.atMs;
  }

  /** The next timer if its instant is this one. */
  takeAt(atMs: number): Timer | undefined {
    return this.nextMs() === atMs ? this.pop() : undefined;
  }

  private pop(): Timer | undefined {
    const first = this.entries[0];
    const last = this.entries.pop();
    if (first === undefined || last === undefined) return undefined;
    if (this.entries.length > 0) {
      this.entries[0] = last;
      this.sink(0);
    }
    return first.timer;
  }

  private rise(from: number): void {
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.swapIfBefore(at, parent)) return;
      at = parent;
    }
  }

  private sink(from: number): void {
    let at = from;
    for (;;) {
      const left = 2 * at + 1;
      const [one, other] = [this.entries[left], this.entries[left + 1]];
      if (one === undefined) return;
      const child = other !== undefined && isBefore(other, one) ? left + 1 : left;
      if (!this.swapIfBefore(child, at)) return;
      at = child;
    }
  }

  private swapIfBefore(lower: number, upper: number): boolean {
    const [a, b] = [this.entries[lower] as Entry, this.entries[upper] as Entry];
    if (!isBefore(a, b)) return false;
    this.entries[lower] = b;
    this.entries[upper] = a;
    return true;
  }
}
