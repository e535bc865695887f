import type { SqliteDatabase, SqliteInput, SqliteStatement } from '@lapse/sqlite';
import { judgeAppend, type AppendResult, type ExpectedRevision } from '@lapse/store';
import { BoundedMap } from './bounded-map.js';
import type { Names } from './names.js';
import { positionOf } from './position.js';
import { EVENT_COLUMNS, ID, POSITION, REVISION, STORED_AT, STREAM, TYPE } from './rows.js';

export interface AppendToApply {
  readonly stream: string;
  readonly expected: ExpectedRevision;
  /** One for each event, as `newRow` made them; applying fills in the place of each. */
  readonly rows: readonly SqliteInput[][];
}

/** Where a stream stands. Key 0: it has no event yet. */
interface StreamHead {
  key: number;
  lastRevision: number;
}

/**
 * Applies appends within an open transaction. As the only writer it knows where the log and its busy streams stand without
 * asking; when a transaction is undone, {@link forget} makes it look again.
 */
export class Appender {
  private readonly heads: BoundedMap<string, StreamHead>;
  private looked = false;
  private lastPosition = 0;
  private lastStreamKey = 0;
  private lastTypeKey = 0;
  private readonly insertEvent: SqliteStatement;
  private readonly insertStream: SqliteStatement;
  private readonly insertType: SqliteStatement;
  private readonly selectLastPosition: SqliteStatement;
  private readonly selectLastRevision: SqliteStatement;
  private readonly selectIdAndPosition: SqliteStatement;

  constructor(
    database: SqliteDatabase,
    private readonly streams: Names,
    private readonly types: Names,
    streamCacheMax: number,
  ) {
    this.heads = new BoundedMap(streamCacheMax);
    const marks = EVENT_COLUMNS.replace(/\w+/g, '?');
    this.insertEvent = database.prepare(`INSERT INTO events (${EVENT_COLUMNS}) VALUES (${marks})`);
    this.insertStream = database.prepare('INSERT INTO streams (key, name) VALUES (?, ?)');
    this.insertType = database.prepare('INSERT INTO types (key, name) VALUES (?, ?)');
    this.selectLastPosition = database.prepare('SELECT coalesce(max(position), 0) AS last FROM events');
    this.selectLastRevision = database.prepare('SELECT max(revision) AS last FROM events WHERE stream = ?');
    this.selectIdAndPosition = database.prepare('SELECT id, position FROM events WHERE stream = ? AND revision = ?');
  }

  apply(append: AppendToApply, storedAtMs: number): AppendResult {
    if (!this.looked) this.look();
    const head = this.headOf(append.stream);
    const { expected, rows } = append;
    if (rows.length > 0 && (expected === head.lastRevision || expected === 'any')) {
      return this.write(append, head, storedAtMs);
    }
    return this.answerWithoutWriting(append, head);
  }

  /** What was applied has been undone. */
  forget(): void {
    this.looked = false;
    this.heads.clear();
    this.types.forget();
  }

  private look(): void {
    this.lastPosition = this.selectLastPosition.get<[number]>()![0];
    this.lastStreamKey = this.streams.lastKey();
    this.lastTypeKey = this.types.lastKey();
    this.looked = true;
  }

  private headOf(stream: string): StreamHead {
    const known = this.heads.get(stream);
    if (known !== undefined) return known;
    const key = this.streams.keyOf(stream) ?? 0;
    const lastRevision = key === 0 ? -1 : this.selectLastRevision.get<[number]>(key)![0];
    const head = { key, lastRevision };
    this.heads.set(stream, head);
    return head;
  }

  private write(append: AppendToApply, head: StreamHead, storedAtMs: number): AppendResult {
    if (head.key === 0) {
      this.insertStream.run(this.lastStreamKey + 1, append.stream);
      head.key = this.lastStreamKey += 1;
    }
    for (const row of append.rows) {
      row[POSITION] = this.lastPosition + 1;
      row[STREAM] = head.key;
      row[REVISION] = head.lastRevision + 1;
      row[STORED_AT] = storedAtMs;
      const type = row[TYPE] as string;
      row[TYPE] = this.typeKeyOf(type);
      this.insertEvent.runRow(row);
      // By its name again: after a rollback the same row may be applied anew, when the key may not stand any more.
      row[TYPE] = type;
      this.lastPosition += 1;
      head.lastRevision += 1;
    }
    const position = positionOf(this.lastPosition);
    return { kind: 'appended', lastRevision: head.lastRevision, position, repeated: false };
  }

  private answerWithoutWriting(append: AppendToApply, head: StreamHead): AppendResult {
    const { lastRevision } = head;
    const ids = append.rows.map((row) => String(row[ID]));
    const idAt = (revision: number): string => this.eventAt(head.key, revision)[0];
    const verdict = judgeAppend(lastRevision, append.expected, ids, idAt);
    switch (verdict.kind) {
      case 'repeat': {
        const position = positionOf(this.eventAt(head.key, verdict.lastRevision)[1]);
        return { kind: 'appended', lastRevision: verdict.lastRevision, position, repeated: true };
      }
      case 'nothing-to-write':
        return { kind: 'appended', lastRevision, position: undefined, repeated: false };
      case 'wrong-revision':
        return { kind: 'wrong-revision', actualRevision: lastRevision };
      case 'write':
        throw new Error(`an append to ${append.stream} at ${append.expected} was judged in two ways`);
    }
  }

  private eventAt(stream: number, revision: number): readonly [id: string, position: number] {
    return this.selectIdAndPosition.get<[string, number]>(stream, revision) ?? ['', 0];
  }

  private typeKeyOf(type: string): number {
    const known = this.types.keyOf(type);
    if (known !== undefined) return known;
    this.insertType.run(this.lastTypeKey + 1, type);
    this.lastTypeKey += 1;
    return this.lastTypeKey;
  }
}
