/** The log of the fault server: what a node keeps, with the rules by which it judges an append. */
export interface Proposed {
  readonly id: string;
  readonly type: string;
  readonly contentType: string;
  readonly data: Uint8Array;
  readonly metadata: Uint8Array;
}

export interface Logged extends Proposed {
  readonly stream: string;
  readonly revision: number;
  /** Commit and prepare position alike, as on a node. */
  readonly position: number;
  readonly createdMs: number;
}

export type Expected = number | 'any';

export type Verdict =
  | { readonly kind: 'written'; readonly revision: number; readonly position: number }
  | { readonly kind: 'conflict'; readonly current: number }
  | { readonly kind: 'deleted' };

export const POSITION_STEP = 100;

export class NodeLog {
  records: Logged[] = [];
  private readonly streams = new Map<string, Logged[]>();
  private readonly tombstoned = new Set<string>();
  private written = 0;
  private readonly watchers = new Set<() => void>();

  constructor(private readonly nowMs: () => number = Date.now) {}

  stream(name: string): readonly Logged[] {
    return this.streams.get(name) ?? [];
  }

  tombstone(name: string): void {
    this.tombstoned.add(name);
  }

  isTombstoned(name: string): boolean {
    return this.tombstoned.has(name);
  }

  append(stream: string, events: readonly Proposed[], expected: Expected): Verdict {
    if (this.isTombstoned(stream)) return { kind: 'deleted' };
    const own = this.streams.get(stream) ?? [];
    const current = own.length - 1;
    if (expected !== 'any' && expected < current) {
      const there = own.slice(expected + 1, expected + 1 + events.length);
      const last = there.at(-1);
      if (last !== undefined && there.length === events.length && there.every(({ id }, i) => id === events[i]!.id)) {
        return { kind: 'written', revision: last.revision, position: last.position };
      }
    }
    if (expected !== 'any' && expected !== current) return { kind: 'conflict', current };
    this.streams.set(stream, own);
    for (const event of events) {
      this.written += 1;
      const position = this.written * POSITION_STEP;
      const record = { ...event, stream, revision: own.length, position, createdMs: this.nowMs() };
      own.push(record);
      this.records.push(record);
    }
    for (const watcher of [...this.watchers]) watcher();
    return { kind: 'written', revision: own.length - 1, position: this.written * POSITION_STEP };
  }

  /** The index of the first record at or behind a position. */
  firstIndexFrom(position: number): number {
    let low = 0;
    let high = this.records.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.records[middle]!.position < position) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Takes records out of the order of all events, as a scavenge does. */
  scavenge(isGone: (record: Logged) => boolean): void {
    this.records = this.records.filter((record) => !isGone(record));
  }

  /** Empties the log; positions go on. */
  forget(): void {
    this.records = [];
    this.streams.clear();
  }

  /** Takes a stream away as a soft delete does: revisions go on where it ended. */
  hide(stream: string): void {
    this.streams.delete(stream);
  }

  onAppended(watcher: () => void): () => void {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  }
}
