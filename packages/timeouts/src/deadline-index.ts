import { DeadlineWheel } from './deadline-wheel.js';

/** Which session may be due when, by the session's key: the wheel, and the map from keys to its slots. */
export class DeadlineIndex {
  private readonly wheel = new DeadlineWheel();
  private readonly slotOf = new Map<number, number>();

  get size(): number {
    return this.slotOf.size;
  }
  /** Of the wheel; the map from keys to slots not counted. */
  get bytes(): number {
    return this.wheel.bytes;
  }

  /** `key` is due as soon as now is past `dueMs`. A time far in the past is as good as now. */
  set(key: number, dueMs: number): void {
    let slot = this.slotOf.get(key);
    if (slot === undefined) {
      slot = this.wheel.allocate(key);
      this.slotOf.set(key, slot);
    }
    this.wheel.arm(slot, Math.max(0, dueMs));
  }

  delete(key: number): void {
    const slot = this.slotOf.get(key);
    if (slot === undefined) return;
    this.slotOf.delete(key);
    this.wheel.release(slot);
  }

  /** False for a key that was taken and not set again since. */
  isArmed(key: number): boolean {
    const slot = this.slotOf.get(key);
    return slot !== undefined && this.wheel.isArmed(slot);
  }

  has(key: number): boolean {
    return this.slotOf.has(key);
  }

  /** Up to `max` keys that are due at `nowMs`, oldest first. They stay in the index, unarmed. */
  take(nowMs: number, max: number): number[] {
    return this.wheel.take(nowMs, max).map((slot) => this.wheel.ownerOf(slot));
  }

  /** Nothing is due before. */
  nextDueMs(): number {
    return this.wheel.nextDueMs();
  }
}
