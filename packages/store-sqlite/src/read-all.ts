import type { SqliteDatabase, SqliteStatement } from '@lapse/sqlite';
import { KIND_UNCERTAIN } from '@lapse/store';
import { BoundedMap } from './bounded-map.js';
import { SqlitePage, type FactsRow, type PageSource } from './page.js';
import { kindsKey } from './payloads.js';
import { positionOrStart } from './position.js';

export interface PageRequest {
  /** Exclusive; 0 is the start. */
  readonly after: number;
  readonly maxCount: number;
  readonly streamPrefixes: readonly string[] | undefined;
  readonly payloadOfKinds: readonly number[] | undefined;
}

/** A longer payload is read when it is asked for: a page must not hold thousands of them. */
const TEXT_BYTES_MAX = 2_048;
/** How many different sets of kinds keep a prepared statement each. */
const STATEMENTS_MAX = 32;

/** Pages of the total order, straight from the columns. */
export class AllReader {
  private readonly selectPage: SqliteStatement;
  private readonly selectWithText = new BoundedMap<string, SqliteStatement>(STATEMENTS_MAX);
  private readonly selectHead: SqliteStatement;

  constructor(
    private readonly database: SqliteDatabase,
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
    const looked = this.statementFor(payloadOfKinds).all<FactsRow>(after, maxCount);
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

  /** Short payloads of a few kinds come along in the same pass: looking them up again costs more than all the rest of the row. */
  private statementFor(kinds: readonly number[] | undefined): SqliteStatement {
    const key = kinds === undefined ? '' : kindsKey(new Set(kinds.filter((kind) => kind !== KIND_UNCERTAIN)));
    if (key === '') return this.selectPage;
    const known = this.selectWithText.get(key);
    if (known !== undefined) return known;
    const isWanted = `kind IN (${key}) AND length(data) + length(metadata) <= ${TEXT_BYTES_MAX}`;
    const texts = `iif(${isWanted}, CAST(data AS TEXT), NULL) AS data, iif(${isWanted}, CAST(metadata AS TEXT), NULL) AS metadata`;
    const statement = this.database.prepare(
      `SELECT position, stream, revision, kind, at, flags, id_low, ${texts} FROM events WHERE position > ? ORDER BY position LIMIT ?`,
    );
    this.selectWithText.set(key, statement);
    return statement;
  }

  private startsWithOneOf(row: FactsRow, prefixes: readonly string[]): boolean {
    const name = this.source.streams.nameOf(row[1]);
    return prefixes.some((prefix) => name.startsWith(prefix));
  }
}
