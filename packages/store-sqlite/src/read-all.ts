import type { SqliteDatabase, SqliteStatement } from '@lapse/sqlite';
import { KIND_UNCERTAIN } from '@lapse/store';
import { SqlitePage, type FactsRow, type PageSource } from './page.js';
import { positionOrStart } from './position.js';

export interface PageRequest {
  /** Exclusive; 0 is the start. */
  readonly after: number;
  readonly maxCount: number;
  readonly streamPrefixes: readonly string[] | undefined;
  readonly payloadOfKinds: readonly number[] | undefined;
}

/** Pages of the total order, straight from the columns. */
export class AllReader {
  private readonly selectPage: SqliteStatement;
  private readonly selectHead: SqliteStatement;

  constructor(
    database: SqliteDatabase,
    private readonly source: PageSource,
  ) {
    this.selectPage = database.prepare(
      'SELECT position, stream, revision, kind, at, flags, id_low FROM events WHERE position > ? ORDER BY position LIMIT ?',
    );
    this.selectHead = database.prepare('SELECT coalesce(max(position), 0) AS head FROM events');
  }

  /** The last position, 0 in an empty log. */
  head(): number {
    return this.selectHead.get<[number]>()![0];
  }

  page({ after, maxCount, streamPrefixes, payloadOfKinds }: PageRequest): SqlitePage {
    const looked = this.selectPage.all<FactsRow>(after, maxCount);
    const last = looked.length === 0 ? after : looked[looked.length - 1]![0];
    return new SqlitePage(this.source, {
      rows: streamPrefixes === undefined ? looked : looked.filter((row) => this.startsWithOneOf(row, streamPrefixes)),
      looked: looked.length,
      scannedTo: positionOrStart(last),
      atEnd: looked.length < maxCount || last >= this.head(),
      // What is uncertain is read anyway: only its payload tells its facts.
      payloadOfKinds: payloadOfKinds === undefined ? undefined : new Set([...payloadOfKinds, KIND_UNCERTAIN]),
    });
  }

  private startsWithOneOf(row: FactsRow, prefixes: readonly string[]): boolean {
    const name = this.source.streams.nameOf(row[1]);
    return prefixes.some((prefix) => name.startsWith(prefix));
  }
}
