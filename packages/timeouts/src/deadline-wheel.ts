/**
 * A hierarchical timing wheel over typed arrays. Each pending deadline is a slot, a small number that its owner keeps; 24
 * bytes each. Moving a deadline later only overwrites its time: the wheel puts the slot back when it comes up early. Moving
 * it earlier puts it in its new place at once. A slot fires when now is past its time, never at it (D1).
 */
const TICK_MS = 16;
const BUCKETS = 256;
/** 256^6 ticks of 16 ms: more years than a date has. */
const LEVELS = 6;
const WIDTHS = Array.from({ length: LEVELS }, (_, level) => BUCKETS ** level);

const NOWHERE = -1;
const READY = -2;
const FREE = -3;
const SLOTS_AT_FIRST = 1_024;

export class DeadlineWheel {
  private dueMs = new Float64Array(SLOTS_AT_FIRST);
  private next = new Int32Array(SLOTS_AT_FIRST);
  private previous = new Int32Array(SLOTS_AT_FIRST);
  private owner = new Uint32Array(SLOTS_AT_FIRST);
  private bucket = new Int16Array(SLOTS_AT_FIRST).fill(FREE);
  private readonly heads = new Int32Array(LEVELS * BUCKETS).fill(NOWHERE);
  private readonly free: number[] = [];
  private slots = 0;
  private currentTick = 0;
  private ready: number[] = [];

  /** Slots in use. */
  get size(): number {
    return this.slots - this.free.length;
  }

  get bytes(): number {
    const { dueMs, next, previous, owner, bucket } = this;
    return dueMs.byteLength + next.byteLength + previous.byteLength + owner.byteLength + bucket.byteLength;
  }

  /** A slot for `owner` (below 2^32), not armed yet. */
  allocate(owner: number): number {
    const slot = this.free.pop() ?? this.slots++;
    if (slot === this.dueMs.length) this.grow();
    this.owner[slot] = owner;
    this.bucket[slot] = NOWHERE;
    return slot;
  }

  release(slot: number): void {
    this.unlink(slot);
    this.bucket[slot] = FREE;
    this.free.push(slot);
  }

  ownerOf(slot: number): number {
    return this.owner[slot] as number;
  }

  dueOf(slot: number): number {
    return this.dueMs[slot] as number;
  }

  /** True from arming until the slot was taken. */
  isArmed(slot: number): boolean {
    const bucket = this.bucket[slot] as number;
    return bucket >= 0 || bucket === READY;
  }

  /** Arms a slot, or moves its deadline. */
  arm(slot: number, dueMs: number): void {
    const bucket = this.bucket[slot] as number;
    const isLater = dueMs >= (this.dueMs[slot] as number);
    this.dueMs[slot] = dueMs;
    if (isLater && (bucket >= 0 || bucket === READY)) return;
    if (bucket === READY) return;
    this.unlink(slot);
    this.place(slot);
  }

  /** Takes up to `max` slots whose time is before `nowMs`, oldest first; each must be armed again or released. */
  take(nowMs: number, max: number): number[] {
    this.collect(nowMs);
    const taken: number[] = [];
    while (taken.length < max) {
      const slot = this.ready.pop();
      if (slot === undefined) break;
      if (this.bucket[slot] !== READY) continue;
      this.bucket[slot] = NOWHERE;
      if ((this.dueMs[slot] as number) < nowMs) taken.push(slot);
      else this.place(slot);
    }
    return taken;
  }

  /** Nothing is due before this instant: a time at or before the nearest deadline. Infinity where nothing is armed. */
  nextDueMs(): number {
    if (this.ready.length > 0) return Number.NEGATIVE_INFINITY;
    let nearest = Number.POSITIVE_INFINITY;
    for (let level = 0; level < LEVELS; level++) nearest = Math.min(nearest, this.nearestIn(level));
    return nearest;
  }

  /** A deadline of a higher level may be nearer than one of a lower: it was placed when both were further away. */
  private nearestIn(level: number): number {
    const width = WIDTHS[level] as number;
    const current = Math.floor(this.currentTick / width);
    // The bucket of now may hold deadlines of any later time, which were moved there or put there before it.
    const now = level === 0 ? this.earliestIn(current % BUCKETS) : Number.POSITIVE_INFINITY;
    for (let ahead = 1; ahead < BUCKETS; ahead++) {
      if (this.heads[level * BUCKETS + ((current + ahead) % BUCKETS)] === NOWHERE) continue;
      return Math.min(now, (current + ahead) * width * TICK_MS);
    }
    return now;
  }

  private earliestIn(bucket: number): number {
    let earliest = Number.POSITIVE_INFINITY;
    for (let slot = this.heads[bucket] as number; slot !== NOWHERE; slot = this.next[slot] as number) {
      earliest = Math.min(earliest, this.dueMs[slot] as number);
    }
    return earliest;
  }

  /** Moves the wheel to `nowMs` and everything that is due to `ready`. The wheel never turns back. */
  private collect(nowMs: number): void {
    const from = this.currentTick;
    const to = Math.max(from, Math.floor(nowMs / TICK_MS));
    this.currentTick = to;
    const before = this.ready.length;
    for (let level = 0; level < LEVELS; level++) {
      const width = WIDTHS[level] as number;
      const first = Math.floor(from / width);
      const last = Math.floor(to / width);
      // What fires in the tick that runs stands in its bucket already; above it, the bucket of now was emptied before.
      const start = level === 0 ? first : first + 1;
      const end = Math.min(last, start + BUCKETS - 1);
      for (let at = start; at <= end; at++) this.drain(level * BUCKETS + (at % BUCKETS), nowMs);
      if (first === last) break;
    }
    this.drain(to % BUCKETS, nowMs);
    // Newest first, so that the oldest is popped.
    if (this.ready.length > before) this.ready.sort((a, b) => (this.dueMs[b] as number) - (this.dueMs[a] as number));
  }

  private drain(bucket: number, nowMs: number): void {
    let slot = this.heads[bucket] as number;
    this.heads[bucket] = NOWHERE;
    while (slot !== NOWHERE) {
      const next = this.next[slot] as number;
      if ((this.dueMs[slot] as number) < nowMs) {
        this.bucket[slot] = READY;
        this.ready.push(slot);
      } else {
        this.bucket[slot] = NOWHERE;
        this.place(slot);
      }
      slot = next;
    }
  }

  private place(slot: number): void {
    const tick = Math.max(this.currentTick, Math.floor((this.dueMs[slot] as number) / TICK_MS));
    let level = 0;
    let at = tick;
    let current = this.currentTick;
    while (at - current >= BUCKETS && level < LEVELS - 1) {
      level++;
      at = Math.floor(at / BUCKETS);
      current = Math.floor(current / BUCKETS);
    }
    this.link(slot, level * BUCKETS + (at % BUCKETS));
  }

  private link(slot: number, bucket: number): void {
    const head = this.heads[bucket] as number;
    this.next[slot] = head;
    this.previous[slot] = NOWHERE;
    if (head !== NOWHERE) this.previous[head] = slot;
    this.heads[bucket] = slot;
    this.bucket[slot] = bucket;
  }

  private unlink(slot: number): void {
    const bucket = this.bucket[slot] as number;
    this.bucket[slot] = NOWHERE;
    if (bucket < 0) return;
    const next = this.next[slot] as number;
    const previous = this.previous[slot] as number;
    if (previous === NOWHERE) this.heads[bucket] = next;
    else this.next[previous] = next;
    if (next !== NOWHERE) this.previous[next] = previous;
  }

  private grow(): void {
    const length = this.dueMs.length * 2;
    this.dueMs = enlarged(this.dueMs, new Float64Array(length));
    this.next = enlarged(this.next, new Int32Array(length));
    this.previous = enlarged(this.previous, new Int32Array(length));
    this.owner = enlarged(this.owner, new Uint32Array(length));
    this.bucket = enlarged(this.bucket, new Int16Array(length).fill(FREE));
  }
}

const enlarged = <A extends Float64Array | Int32Array | Uint32Array | Int16Array>(from: A, to: A): A => {
  to.set(from);
  return to;
};
