import type { SqliteDatabase, SqliteStatement } from '@lapse/sqlite';
import { KIND_UNCERTAIN } from '@lapse/store';
import { BoundedMap } from './bounded-map.js';
import { kindsKey } from './payloads.js';

/** What stands in the columns of a stretch of the log: of each event at the same place in all of them. */
export interface Columns {
  readonly positions: readonly number[];
  readonly streams: readonly number[];
  readonly revisions: readonly number[];
  readonly kinds: readonly number[];
  readonly atMs: readonly number[];
  readonly flags: readonly number[];
  readonly idsLow32: readonly number[];
  readonly texts: Texts;
}

/** Payloads that came along as text, of the kinds that were asked for where they are short. */
export interface Texts {
  /** By event: where its text stands in the other two; -1: nowhere. Empty: nothing came along. */
  readonly places: readonly number[];
  readonly data: readonly string[];
  readonly metadata: readonly string[];
}

const NO_TEXTS: Texts = { places: [], data: [], metadata: [] };

const NOTHING: Columns = {
  positions: [],
  streams: [],
  revisions: [],
  kinds: [],
  atMs: [],
  flags: [],
  idsLow32: [],
  texts: NO_TEXTS,
};

/** A longer payload is read when it is asked for: a page must not hold thousands of them. */
const TEXT_BYTES_MAX = 2_048;
/** How many different sets of kinds keep a prepared statement each. */
const STATEMENTS_MAX = 32;
/**
 * Behind each text. It stands in no JSON; where it stands in a text all the same, and where a zero byte cuts all of them off,
 * no text of the stretch is used.
 */
const SEPARATOR = '\u0001';

const NUMBERS = ['stream', 'revision', 'kind', 'at', 'flags', 'id_low'].map((name) => `json_group_array(${name})`);
const FACTS = 'position, stream, revision, kind, at, flags, id_low';

/** How SQLite spells them; what may be handed from thread to thread. */
export type ColumnRow = readonly [
  count: number,
  first: number,
  last: number,
  streams: string,
  revisions: string,
  kinds: string,
  atMs: string,
  flags: string,
  idsLow32: string,
  /** Whether there is text, data, metadata. */
  ...texts: (string | null)[],
];

/**
 * Reads stretches of the log column by column: SQLite spells each column as one JSON array. Making a JavaScript array of each
 * row takes longer than everything else that reading a row takes.
 */
export class ColumnReader {
  private readonly withoutText: SqliteStatement;
  private readonly withText = new BoundedMap<string, SqliteStatement>(STATEMENTS_MAX);
  private readonly selectPositions: SqliteStatement;

  constructor(private readonly database: SqliteDatabase) {
    this.withoutText = database.prepare(columnsSql(FACTS, NUMBERS));
    this.selectPositions = database.prepare(
      'SELECT position FROM events WHERE position > ? AND position <= ? ORDER BY position',
    );
  }

  /** The next events behind a position, with the texts of some kinds. */
  read(after: number, maxCount: number, textOfKinds: readonly number[] | undefined): Columns {
    return this.columnsOf(this.readRow(after, maxCount, textOfKinds));
  }

  /** The same, for {@link columnsOf}. */
  readRow(after: number, maxCount: number, textOfKinds: readonly number[] | undefined): ColumnRow {
    return this.statementFor(textOfKinds).get<ColumnRow>(after, maxCount)!;
  }

  columnsOf(row: ColumnRow): Columns {
    const [count, first, last, streams, revisions, kinds, atMs, flags, idsLow32, ...texts] = row;
    if (count === 0) return NOTHING;
    return {
      positions: this.positions(count, first, last),
      streams: numbers(streams),
      revisions: numbers(revisions),
      kinds: numbers(kinds),
      atMs: numbers(atMs),
      flags: numbers(flags),
      idsLow32: numbers(idsLow32),
      texts: textsOf(...texts),
    };
  }

  /** The writer leaves no gaps; whoever opened the file by hand may have. */
  private positions(count: number, first: number, last: number): readonly number[] {
    if (last - first + 1 === count) return Array.from({ length: count }, (_, i) => first + i);
    return this.selectPositions.all<[number]>(first - 1, last).map(([position]) => position);
  }

  /** Short payloads of a few kinds come along in the same pass: looking them up again costs more than the rest of the row. */
  private statementFor(kinds: readonly number[] | undefined): SqliteStatement {
    const key = kinds === undefined ? '' : kindsKey(new Set(kinds.filter((kind) => kind !== KIND_UNCERTAIN)));
    if (key === '') return this.withoutText;
    const known = this.withText.get(key);
    if (known !== undefined) return known;
    const isWanted = `kind IN (${key}) AND length(data) + length(metadata) <= ${TEXT_BYTES_MAX}`;
    const text = (name: string): string => `iif(${isWanted}, CAST(${name} AS TEXT), NULL) AS ${name}`;
    const separator = `char(${SEPARATOR.charCodeAt(0)})`;
    const joined = (name: string): string => `group_concat(${name}, ${separator}) || ${separator}`;
    const statement = this.database.prepare(
      columnsSql(`${FACTS}, ${text('data')}, ${text('metadata')}`, [
        ...NUMBERS,
        'json_group_array(data IS NOT NULL)',
        joined('data'),
        joined('metadata'),
      ]),
    );
    this.withText.set(key, statement);
    return statement;
  }
}

const columnsSql = (inner: string, outer: readonly string[]): string =>
  `SELECT count(*), min(position), max(position), ${outer.join(', ')}
    FROM (SELECT ${inner} FROM events WHERE position > ? ORDER BY position LIMIT ?)`;

const numbers = (json: string): number[] => JSON.parse(json) as number[];

const textsOf = (hasText?: string | null, data?: string | null, metadata?: string | null): Texts => {
  if (typeof hasText !== 'string' || typeof data !== 'string' || typeof metadata !== 'string') return NO_TEXTS;
  let count = 0;
  const places = numbers(hasText).map((has) => (has === 0 ? -1 : count++));
  const texts = { places, data: data.split(SEPARATOR), metadata: metadata.split(SEPARATOR) };
  return texts.data.length === count + 1 && texts.metadata.length === count + 1 ? texts : NO_TEXTS;
};
