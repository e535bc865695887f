import type { SessionHandle } from '@lapse/projections';
import { DeadlineIndex } from './deadline-index.js';
import { KeySlots } from './key-slots.js';

/** A session that has come due. `session` is undefined for one that is a row only. */
export interface DueSession {
  readonly key: number;
  readonly session: SessionHandle | undefined;
}

/** The deadlines of sessions by the keys of their rows. */
export class SessionDeadlines {
  private readonly index: DeadlineIndex;
  private readonly slots = new KeySlots();
  /** By slot. */
  private readonly keys: number[] = [];
  private readonly sessions: (SessionHandle | undefined)[] = [];

  constructor(pendingMax: number) {
    this.index = new DeadlineIndex({ pendingMax });
  }

  get pending(): number {
    return this.index.pending;
  }
  get indexBytes(): number {
    return this.index.bytes;
  }
  /** The map from keys to slots and back. */
  get mapBytes(): number {
    return this.slots.bytes + (this.keys.length + this.sessions.length) * POINTER_BYTES;
  }

  arm(key: number, session: SessionHandle | undefined, dueMs: number): void {
    let slot = this.slots.get(key);
    if (slot === NONE) {
      slot = this.index.allocate();
      this.slots.set(key, slot);
      this.keys[slot] = key;
      this.sessions[slot] = session;
    } else if (session !== undefined) {
      this.sessions[slot] = session;
    }
    this.index.arm(slot, dueMs);
  }

  disarm(key: number): void {
    const slot = this.slots.get(key);
    if (slot !== NONE) this.forget(key, slot);
  }

  clear(): void {
    for (let slot = 0; slot < this.keys.length; slot++) {
      const key = this.keys[slot] as number;
      if (this.slots.get(key) === slot) this.forget(key, slot);
    }
  }

  isArmed(key: number): boolean {
    return this.slots.get(key) !== NONE;
  }

  /** Takes out those due before `nowMs`, oldest first. */
  takeDue(nowMs: number, maxCount: number): readonly DueSession[] {
    const due: DueSession[] = [];
    this.index.takeDue(nowMs, maxCount, (slot) => {
      const key = this.keys[slot] as number;
      due.push({ key, session: this.sessions[slot] });
      this.forget(key, slot);
    });
    return due;
  }

  /** Nothing is due before it. */
  soonestMs(): number | undefined {
    return this.index.soonestMs();
  }

  private forget(key: number, slot: number): void {
    this.index.release(slot);
    this.slots.delete(key);
    this.sessions[slot] = undefined;
  }
}

const NONE = -1;
const POINTER_BYTES = 8;
