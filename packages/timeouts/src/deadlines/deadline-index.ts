import { Bitmap } from './bitmap.js';
import { OverdueHeap } from './overdue-heap.js';

/** Six levels of 256 buckets: one millisecond wide at the bottom, 2^48 ms (past the year 9999) at the top. */
const LEVELS = 6;
const BUCKETS = 256;
const HALF_BITS = 24;
const HALF = 2 ** HALF_BITS;
export const DUE_MS_MAX = 2 ** 48 - 1;

/** In `bucketOf`: what is not in the wheel. A smaller number is earlier. */
const IDLE = 0;
const OVERDUE = 1;
const FIRST = 2;
const NONE = -1;

export interface DeadlineIndexOptions {
  /** The most deadlines that may be pending at once. */
  readonly pendingMax: number;
}

const FIRST_CAPACITY = 1_024;
/** Small steps: an index that has just grown is at most a quarter empty. */
const GROWTH = 1.25;

/**
 * Who is due next, for millions. A hierarchical timing wheel over typed arrays: 18 bytes a deadline, nothing for the garbage
 * collector. A **later** deadline only overwrites its slot; its entry in the wheel comes up early and is put back then. An
 * **earlier** one is moved at once. Deadlines are whole milliseconds from 0 to {@link DUE_MS_MAX}, in the past or a century
 * ahead; larger ones are taken for the largest.
 */
export class DeadlineIndex {
  private due: Float64Array;
  private next: Int32Array;
  private prev: Int32Array;
  private bucketOf: Uint16Array;
  private readonly heads = new Int32Array(LEVELS * BUCKETS).fill(NONE);
  private readonly occupied = new Bitmap(LEVELS * BUCKETS);
  private readonly overdue: OverdueHeap;
  /** Everything in the wheel is due at this instant or later. */
  private elapsedMs = 0;
  private elapsedHigh = 0;
  private elapsedLow = 0;
  private firstFree = NONE;
  private used = 0;
  private pendingCount = 0;

  constructor(private readonly options: DeadlineIndexOptions) {
    const capacity = Math.min(FIRST_CAPACITY, options.pendingMax);
    this.due = new Float64Array(capacity);
    this.next = new Int32Array(capacity);
    this.prev = new Int32Array(capacity);
    this.bucketOf = new Uint16Array(capacity);
    this.overdue = new OverdueHeap(
      (slot) => this.due[slot] as number,
      (slot, place) => {
        this.next[slot] = place;
      },
      (slot) => this.next[slot] as number,
    );
  }

  /** How many deadlines are armed. */
  get pending(): number {
    return this.pendingCount;
  }

  /** What the index itself takes. */
  get bytes(): number {
    const { due, next, prev, bucketOf, heads, overdue, occupied } = this;
    const arrays = due.byteLength + next.byteLength + prev.byteLength + bucketOf.byteLength + heads.byteLength;
    return arrays + overdue.bytes + occupied.bytes;
  }

  /** A slot without a deadline. Throws a RangeError beyond `pendingMax`. */
  allocate(): number {
    const free = this.firstFree;
    if (free !== NONE) {
      this.firstFree = this.next[free] as number;
      return free;
    }
    if (this.used === this.due.length) this.grow();
    return this.used++;
  }

  /** Gives a slot back, armed or not. */
  release(slot: number): void {
    this.disarm(slot);
    this.next[slot] = this.firstFree;
    this.firstFree = slot;
  }

  isArmed(slot: number): boolean {
    return this.bucketOf[slot] !== IDLE;
  }

  /** The slot's deadline from now on. */
  arm(slot: number, dueMs: number): void {
    const at = this.bucketOf[slot] as number;
    if (at >= FIRST && dueMs >= (this.due[slot] as number)) {
      this.due[slot] = dueMs > DUE_MS_MAX ? DUE_MS_MAX : dueMs;
      return;
    }
    this.rearm(slot, at, Math.min(Math.max(dueMs, 0), DUE_MS_MAX));
  }

  disarm(slot: number): void {
    const at = this.bucketOf[slot] as number;
    if (at === IDLE) return;
    if (at === OVERDUE) this.overdue.remove(slot);
    else this.unlink(slot, at - FIRST);
    this.bucketOf[slot] = IDLE;
    this.pendingCount--;
  }

  /**
   * Disarms those due **before** `nowMs` (at its deadline a session is in time, D1), oldest first, at most `maxCount`, and
   * hands each out. A clock that went backwards simply finds nothing due.
   */
  takeDue(nowMs: number, maxCount: number, take: (slot: number, dueMs: number) => void): number {
    let taken = 0;
    while (taken < maxCount) {
      const slot = this.nextBefore(nowMs);
      if (slot === NONE) break;
      const dueMs = this.due[slot] as number;
      this.disarm(slot);
      taken++;
      take(slot, dueMs);
    }
    return taken;
  }

  /** Nothing is due before this instant; undefined when nothing is pending. Often exact, never late. */
  soonestMs(): number | undefined {
    const first = this.overdue.first();
    if (first !== undefined) return this.due[first];
    const bucket = this.occupied.first();
    return bucket === NONE ? undefined : this.startOf(bucket);
  }

  private nextBefore(nowMs: number): number {
    const first = this.overdue.first();
    if (first !== undefined) return (this.due[first] as number) < nowMs ? first : NONE;
    for (;;) {
      const bucket = this.occupied.first();
      if (bucket === NONE) return NONE;
      const startMs = this.startOf(bucket);
      if (startMs >= nowMs) return NONE;
      this.setElapsed(startMs);
      if (bucket >= BUCKETS) {
        this.spread(bucket);
        continue;
      }
      const slot = this.heads[bucket] as number;
      if ((this.due[slot] as number) === startMs) return slot;
      this.unlink(slot, bucket);
      this.link(slot);
    }
  }

  /** Every entry of a wide bucket goes to the narrower one that it belongs in now. */
  private spread(bucket: number): void {
    let slot = this.heads[bucket] as number;
    this.heads[bucket] = NONE;
    this.occupied.clear(bucket);
    while (slot !== NONE) {
      const following = this.next[slot] as number;
      this.link(slot);
      slot = following;
    }
  }

  private rearm(slot: number, at: number, dueMs: number): void {
    if (at === OVERDUE) this.overdue.remove(slot);
    else if (at === IDLE) this.pendingCount++;
    else if (dueMs >= this.elapsedMs && this.bucketFor(dueMs) + FIRST >= at) {
      this.due[slot] = dueMs;
      return;
    } else this.unlink(slot, at - FIRST);
    this.due[slot] = dueMs;
    this.link(slot);
  }

  private link(slot: number): void {
    const dueMs = this.due[slot] as number;
    if (dueMs < this.elapsedMs) {
      this.bucketOf[slot] = OVERDUE;
      this.overdue.add(slot);
      return;
    }
    const bucket = this.bucketFor(dueMs);
    const head = this.heads[bucket] as number;
    this.next[slot] = head;
    this.prev[slot] = NONE;
    if (head === NONE) this.occupied.set(bucket);
    else this.prev[head] = slot;
    this.heads[bucket] = slot;
    this.bucketOf[slot] = bucket + FIRST;
  }

  private unlink(slot: number, bucket: number): void {
    const next = this.next[slot] as number;
    const prev = this.prev[slot] as number;
    if (next !== NONE) this.prev[next] = prev;
    if (prev !== NONE) {
      this.next[prev] = next;
      return;
    }
    this.heads[bucket] = next;
    if (next === NONE) this.occupied.clear(bucket);
  }

  /**
   * The level is that of the highest digit (of 8 bits) in which the deadline differs from the elapsed time. So every bucket
   * of a lower level is earlier than all of a higher one, and within a level a smaller number is earlier.
   */
  private bucketFor(dueMs: number): number {
    const high = (dueMs / HALF) | 0;
    if (high !== this.elapsedHigh) {
      const level = (31 - Math.clz32(high ^ this.elapsedHigh)) >> 3;
      return (level + 3) * BUCKETS + ((high >> (level * 8)) & 255);
    }
    const low = (dueMs - high * HALF) | 0;
    const differs = low ^ this.elapsedLow;
    const level = differs === 0 ? 0 : (31 - Math.clz32(differs)) >> 3;
    return level * BUCKETS + ((low >> (level * 8)) & 255);
  }

  private startOf(bucket: number): number {
    const level = bucket >> 8;
    const width = 256 ** level;
    return Math.floor(this.elapsedMs / (width * BUCKETS)) * width * BUCKETS + (bucket & 255) * width;
  }

  private setElapsed(toMs: number): void {
    this.elapsedMs = toMs;
    this.elapsedHigh = (toMs / HALF) | 0;
    this.elapsedLow = (toMs - this.elapsedHigh * HALF) | 0;
  }

  private grow(): void {
    const { pendingMax } = this.options;
    if (this.due.length >= pendingMax) throw new RangeError(`more than ${pendingMax} deadlines are pending`);
    const capacity = Math.min(Math.ceil(this.due.length * GROWTH), pendingMax);
    this.due = copied(new Float64Array(capacity), this.due);
    this.next = copied(new Int32Array(capacity), this.next);
    this.prev = copied(new Int32Array(capacity), this.prev);
    this.bucketOf = copied(new Uint16Array(capacity), this.bucketOf);
  }
}

const copied = <T extends Float64Array | Int32Array | Uint16Array>(into: T, from: T): T => {
  into.set(from);
  return into;
};
