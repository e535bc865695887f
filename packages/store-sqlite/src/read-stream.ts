import type { SqliteDatabase, SqliteStatement } from '@lapse/sqlite';
import type { RecordedEvent, StreamPage, StreamRead } from '@lapse/store';
import type { Names } from './names.js';
import { positionOf } from './position.js';
import { contentTypeOf } from './rows.js';

type StreamRow = readonly [
  position: number,
  revision: number,
  storedAtMs: number,
  type: number,
  contentType: number,
  id: string,
  metadata: Uint8Array,
  data: Uint8Array,
];

const COLUMNS = 'position, revision, stored_at, type, content_type, id, metadata, data';

/** Events are read in steps of so many, and a page ends early once it holds so many bytes. */
const ROWS_PER_STEP = 128;
const PAGE_BYTES_MAX = 16 * 1024 * 1024;

/** Pages of one stream. */
export class StreamReader {
  private readonly forwards: SqliteStatement;
  private readonly backwards: SqliteStatement;
  private readonly selectLastRevision: SqliteStatement;

  constructor(
    database: SqliteDatabase,
    private readonly streams: Names,
    private readonly types: Names,
  ) {
    const select = (condition: string): SqliteStatement =>
      database.prepare(`SELECT ${COLUMNS} FROM events WHERE stream = ? AND ${condition} LIMIT ?`);
    this.forwards = select('revision >= ? ORDER BY revision');
    this.backwards = select('revision <= ? ORDER BY revision DESC');
    this.selectLastRevision = database.prepare('SELECT max(revision) AS last FROM events WHERE stream = ?');
  }

  read(stream: string, read: StreamRead): StreamPage {
    const key = this.streams.keyOf(stream);
    if (key === undefined) return { kind: 'no-stream' };
    const events: RecordedEvent[] = [];
    const forwards = read.direction === 'forwards';
    let bytes = 0;
    let next = startOf(read);
    while (events.length < read.maxCount && bytes < PAGE_BYTES_MAX) {
      const count = Math.min(ROWS_PER_STEP, read.maxCount - events.length);
      const rows = (forwards ? this.forwards : this.backwards).all<StreamRow>(key, next, count);
      for (const row of rows) {
        events.push(this.toEvent(stream, row));
        bytes += row[6].byteLength + row[7].byteLength;
      }
      if (rows.length < count) return { kind: 'page', events, atEnd: true };
      next = rows[rows.length - 1]![1] + (forwards ? 1 : -1);
    }
    const atEnd = forwards ? next > this.lastRevisionOf(key) : next < 0;
    return { kind: 'page', events, atEnd };
  }

  private lastRevisionOf(key: number): number {
    return this.selectLastRevision.get<[number]>(key)![0];
  }

  private toEvent(stream: string, row: StreamRow): RecordedEvent {
    const [position, revision, storedAtMs, type, contentType, id, metadata, data] = row;
    return {
      stream,
      revision,
      position: positionOf(position),
      storedAtMs,
      id,
      type: this.types.nameOf(type),
      contentType: contentTypeOf(contentType),
      data,
      metadata,
    };
  }
}

/** The first revision to read; beyond the end there is nothing forwards, and everything backwards. */
const startOf = ({ from }: StreamRead): number => {
  if (from === 'start') return 0;
  if (from !== 'end') return from;
  return Number.MAX_SAFE_INTEGER;
};
