import type { SqliteDatabase, SqliteInput } from '@lapse/sqlite';
import {
  checkAppend,
  checkPageSize,
  checkReadStream,
  checkStreamPrefixes,
  StoreError,
  type AllPage,
  type AppendLimits,
  type AppendResult,
  type EventStore,
  type EventToAppend,
  type ExpectedRevision,
  type FactsExtractor,
  type Position,
  type ReadAllOptions,
  type ReadStreamOptions,
  type StreamPage,
  type SubscribeOptions,
  type SubscriptionMessage,
} from '@lapse/store';
import type { ByteArena } from './byte-arena.js';
import type { Changes } from './changes.js';
import { speakingOf, toStoreError } from './errors.js';
import { factsOf } from './facts.js';
import { contentMark } from './files.js';
import type { GroupCommit } from './group-commit.js';
import type { WriterLock } from './lock.js';
import type { SqlitePage } from './page.js';
import { numberOf, positionOrStart } from './position.js';
import type { PageRequest } from './read-all.js';
import type { Reading } from './reading.js';
import { newRow } from './rows.js';
import { subscription } from './subscribe.js';
import { Turns } from './turns.js';

export interface Writing {
  readonly groups: GroupCommit;
  readonly arena: ByteArena;
  readonly lock: WriterLock;
  readonly limits: AppendLimits;
  readonly extractFacts: FactsExtractor;
}

export interface StoreParts {
  readonly database: SqliteDatabase;
  readonly identity: string;
  readonly reading: Reading;
  readonly changes: Changes;
  /** Undefined: opened read-only. */
  readonly writing: Writing | undefined;
  /** The content mark of a file that SQLite was told nobody would write. */
  readonly frozenAt: string | undefined;
}

/** The port over one file. One connection reads and writes: calls are synchronous, so no read sees half a transaction. */
export class SqliteStore implements EventStore {
  readonly tellsRepeats = true;
  private readonly turns = new Turns();
  private readonly file: string;
  private closing: Promise<void> | undefined;

  constructor(private readonly parts: StoreParts) {
    this.file = parts.database.location;
  }

  append(stream: string, events: readonly EventToAppend[], expectedRevision: ExpectedRevision): Promise<AppendResult> {
    // Not an async function: a thousand callers at once feel each promise.
    return new Promise((resolve, reject) => {
      const { groups, arena, limits, extractFacts } = this.writingParts();
      checkAppend(stream, events, expectedRevision, limits);
      const rows: SqliteInput[][] = [];
      let bytes = 0;
      for (const event of events) {
        rows.push(newRow(event, factsOf(extractFacts, event), arena));
        bytes += event.data.byteLength + event.metadata.byteLength + 2 * event.type.length;
      }
      groups.add({ stream, expected: expectedRevision, rows, bytes, resolve, reject });
    });
  }

  async readStream(stream: string, options: ReadStreamOptions = {}): Promise<StreamPage> {
    this.checkOpen();
    const read = checkReadStream(stream, options);
    options.signal?.throwIfAborted();
    const page = speakingOf(this.file, () => this.parts.reading.oneStream.read(stream, read));
    await this.turns.after(page.kind === 'page' ? page.events.length : 0);
    options.signal?.throwIfAborted();
    return page;
  }

  async readAll(options: ReadAllOptions): Promise<AllPage> {
    this.checkOpen();
    const { streamPrefixes, payloadOfKinds } = options;
    checkStreamPrefixes(streamPrefixes);
    const after = numberOf(options.after);
    const maxCount = checkPageSize(options.maxCount);
    options.signal?.throwIfAborted();
    const page = await this.nextPage({ after, maxCount, streamPrefixes, payloadOfKinds });
    await this.turns.after(page.looked);
    options.signal?.throwIfAborted();
    return page;
  }

  subscribe(options: SubscribeOptions): AsyncIterable<SubscriptionMessage> {
    const { reading, changes, writing } = this.parts;
    return subscription(
      {
        file: this.file,
        all: reading.all,
        changes,
        otherWriter: writing === undefined,
        checkOpen: () => this.checkOpen(),
      },
      options,
    );
  }

  async headPosition(): Promise<Position | 'start'> {
    this.checkOpen();
    return positionOrStart(speakingOf(this.file, () => this.parts.reading.all.head()));
  }

  comparePositions(a: Position | 'start', b: Position | 'start'): number {
    return numberOf(a) - numberOf(b);
  }

  async identity(): Promise<string> {
    this.checkOpen();
    return this.parts.identity;
  }

  close(): Promise<void> {
    this.closing ??= this.closeOnce();
    return this.closing;
  }

  private async nextPage(request: PageRequest): Promise<SqlitePage> {
    const { all } = this.parts.reading;
    try {
      return await all.nextPage(request);
    } catch (error) {
      // It may have been closed while another thread was reading.
      this.checkOpen();
      throw toStoreError(error, this.file);
    }
  }

  private async closeOnce(): Promise<void> {
    const { database, writing, changes, reading } = this.parts;
    try {
      await reading.ahead?.close();
      writing?.groups.drain();
      if (writing !== undefined) database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    } catch {
      // A full disk, a reader that keeps its place: what is not moved into the file stays in the write-ahead log, just as safe.
    } finally {
      database.close();
      writing?.lock.release();
      changes.wakeAll();
    }
  }

  private writingParts(): Writing {
    this.checkOpen();
    const { writing } = this.parts;
    if (writing !== undefined) return writing;
    throw new StoreError('store-read-only', `${this.file} was opened read-only`);
  }

  private checkOpen(): void {
    if (this.closing !== undefined) throw new StoreError('store-closed', `the store of ${this.file} is closed`);
    const { frozenAt } = this.parts;
    if (frozenAt === undefined || frozenAt === contentMark(this.file)) return;
    throw new StoreError('store-unavailable', `${this.file} is being written to since it was opened; open it again`);
  }
}
