import { isSqliteError, type SqliteDatabase } from '@lapse/sqlite';
import { StoreError, type AppendResult } from '@lapse/store';
import type { Appender, AppendToApply } from './append.js';
import type { ByteArena } from './byte-arena.js';
import { toCommitError, toStoreError } from './errors.js';

export interface GroupLimits {
  /** A group takes no further append once it holds this many events or bytes; one append is never cut in two. */
  readonly groupEventsMax: number;
  readonly groupBytesMax: number;
  /** Beyond either, an append answers `store-busy`. */
  readonly waitingAppendsMax: number;
  readonly waitingBytesMax: number;
}

export interface WaitingAppend extends AppendToApply {
  readonly bytes: number;
  readonly resolve: (result: AppendResult) => void;
  readonly reject: (error: Error) => void;
}

interface Parts {
  readonly database: SqliteDatabase;
  readonly appender: Pick<Appender, 'apply' | 'forget'>;
  readonly limits: GroupLimits;
  /** Where the bytes of waiting appends lie. */
  readonly arena: ByteArena;
  readonly nowMs: () => number;
  /** Called after each commit, before its callers hear of it. */
  readonly onCommit: () => void;
}

const OF_THE_DISK = ['SQLITE_FULL', 'SQLITE_IOERR', 'SQLITE_BUSY', 'SQLITE_READONLY', 'SQLITE_MISUSE'];

/** A damaged page under one stream must not fail the appends that happen to share its group: they are tried one by one. */
const isOfOneAppend = (error: unknown): boolean => !isSqliteError(error) || !OF_THE_DISK.includes(error.primaryCode);

/**
 * Appends of the same turn of the event loop share one transaction and so one sync of the disk; each is answered by itself.
 * Nothing is acknowledged before the commit has returned; when it fails, all of its group fail.
 */
export class GroupCommit {
  private waiting: WaitingAppend[] = [];
  private waitingBytes = 0;
  private scheduled = false;

  constructor(private readonly parts: Parts) {}

  /** Throws `store-busy`. */
  add(append: WaitingAppend): void {
    const { waitingAppendsMax, waitingBytesMax } = this.parts.limits;
    if (this.waiting.length >= waitingAppendsMax || this.waitingBytes + append.bytes > waitingBytesMax) {
      const queue = `${this.waiting.length} appends of ${this.waitingBytes} bytes`;
      throw new StoreError('store-busy', `${this.parts.database.location}: ${queue} are waiting already; ask again`);
    }
    this.waiting.push(append);
    this.waitingBytes += append.bytes;
    this.schedule();
  }

  /** Commits everything that waits, now. */
  drain(): void {
    while (this.waiting.length > 0) this.commitGroup();
  }

  /** The end of the turn, not of the microtask: whoever was woken by the last commit gets to ask again before this one. */
  private schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      if (this.waiting.length === 0) return;
      this.commitGroup();
      if (this.waiting.length > 0) this.schedule();
    });
  }

  private commitGroup(): void {
    const group = this.takeGroup();
    this.waitingBytes -= group.reduce((sum, { bytes }) => sum + bytes, 0);
    this.commit(group);
    if (this.waiting.length === 0) this.parts.arena.reset();
  }

  private commit(group: readonly WaitingAppend[]): void {
    const { database, appender, nowMs, onCommit } = this.parts;
    const results = new Array<AppendResult>(group.length);
    let allApplied = false;
    try {
      database.transaction(() => {
        const storedAtMs = nowMs();
        for (let i = 0; i < group.length; i += 1) results[i] = appender.apply(group[i]!, storedAtMs);
        allApplied = true;
      });
    } catch (error) {
      appender.forget();
      if (!allApplied && group.length > 1 && isOfOneAppend(error)) {
        for (const append of group) this.commit([append]);
        return;
      }
      const why = (allApplied ? toCommitError : toStoreError)(error, database.location) as Error;
      for (const append of group) append.reject(why);
      return;
    }
    onCommit();
    for (let i = 0; i < group.length; i += 1) group[i]!.resolve(results[i]!);
  }

  private takeGroup(): readonly WaitingAppend[] {
    const { groupEventsMax, groupBytesMax } = this.parts.limits;
    let events = 0;
    let bytes = 0;
    let count = 0;
    for (const append of this.waiting) {
      const fits = events + append.rows.length <= groupEventsMax && bytes + append.bytes <= groupBytesMax;
      if (count > 0 && !fits) break;
      events += append.rows.length;
      bytes += append.bytes;
      count += 1;
    }
    const group = count === this.waiting.length ? this.waiting : this.waiting.slice(0, count);
    this.waiting = count === this.waiting.length ? [] : this.waiting.slice(count);
    return group;
  }
}
