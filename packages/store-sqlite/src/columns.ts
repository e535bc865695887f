import type { SqliteDatabase, SqliteStatement } from '@lapse/sqlite';
import { KIND_UNCERTAIN } from '@lapse/store';
import { BoundedMap } from './bounded-map.js';
import { joinedSql, type JoinedTexts } from './joined-texts.js';
import { kindsKey } from './payloads.js';
import { SpeltNumbers } from './spelt-numbers.js';

/** What stands in the columns of a stretch of the log: of each event at the same place in all of them. May go from thread to thread. */
export interface Columns {
  readonly positions: Float64Array;
  readonly streams: Float64Array;
  readonly revisions: Float64Array;
  readonly kinds: Float64Array;
  readonly atMs: Float64Array;
  readonly flags: Float64Array;
  readonly idsLow32: Float64Array;
  readonly texts: JoinedTexts | undefined;
}

const NO_NUMBERS = new Float64Array(0);
const NOTHING: Columns = {
  positions: NO_NUMBERS,
  streams: NO_NUMBERS,
  revisions: NO_NUMBERS,
  kinds: NO_NUMBERS,
  atMs: NO_NUMBERS,
  flags: NO_NUMBERS,
  idsLow32: NO_NUMBERS,
  texts: undefined,
};

/** A longer payload is read when it is asked for: a page must not hold thousands of them. */
const TEXT_BYTES_MAX = 2_048;
/** How many different sets of kinds keep a prepared statement each. */
const STATEMENTS_MAX = 32;

const FACTS = 'position, stream, revision, kind, at, flags, id_low';

const KIND_MASK = 0xff;
const HAS_TEXT = 0x100;
const FLAGS_FACTOR = 0x200;
/** Kind, whether there is text, and flags in one number: SQLite takes as long to spell a small number as a large one. */
const packed = (hasText: string): string => `kind + ${HAS_TEXT} * (${hasText}) + ${FLAGS_FACTOR} * flags`;

const numbersWith = (hasText: string): readonly string[] =>
  ['stream', 'revision', packed(hasText), 'at', 'id_low'].map((value) => `CAST(json_group_array(${value}) AS BLOB)`);

/** Numbers as JSON, and texts, all of them as bytes: so they need not become strings first. */
type ColumnRow = readonly [
  last: number | null,
  streams: Uint8Array,
  revisions: Uint8Array,
  packed: Uint8Array,
  atMs: Uint8Array,
  idsLow32: Uint8Array,
  /** Data, metadata. */
  ...texts: (Uint8Array | null)[],
];

/**
 * Reads stretches of the log column by column: SQLite spells each column as one JSON array. Making a JavaScript array of each
 * row takes longer than everything else that reading a row takes.
 */
export class ColumnReader {
  private readonly withoutText: SqliteStatement;
  private readonly withText = new BoundedMap<string, SqliteStatement>(STATEMENTS_MAX);
  private readonly selectPositions: SqliteStatement;
  private readonly numbers = new SpeltNumbers();

  constructor(private readonly database: SqliteDatabase) {
    this.withoutText = database.prepare(columnsSql(FACTS, numbersWith('0')));
    this.selectPositions = database.prepare(
      'SELECT position FROM events WHERE position > ? AND position <= ? ORDER BY position',
    );
  }

  /** The next events behind a position, with the texts of some kinds. */
  read(after: number, maxCount: number, textOfKinds: readonly number[] | undefined): Columns {
    const row = this.statementFor(textOfKinds).get<ColumnRow>(after, maxCount)!;
    const [last, streams, revisions, packed, atMs, idsLow32, data, metadata] = row;
    if (last === null) return NOTHING;
    const { kinds, flags, has } = unpacked(this.numbers.read(packed));
    return {
      positions: this.positions(after, last, kinds.length),
      streams: this.numbers.read(streams),
      revisions: this.numbers.read(revisions),
      kinds,
      atMs: this.numbers.read(atMs),
      flags,
      idsLow32: this.numbers.read(idsLow32),
      texts: data && metadata ? { has, data, metadata } : undefined,
    };
  }

  /** The writer leaves no gaps; whoever opened the file by hand may have. */
  private positions(after: number, last: number, count: number): Float64Array {
    if (last - after !== count) {
      return Float64Array.from(this.selectPositions.all<[number]>(after, last), ([position]) => position);
    }
    const positions = new Float64Array(count);
    for (let i = 0; i < count; i++) positions[i] = after + 1 + i;
    return positions;
  }

  /** Short payloads of a few kinds come along in the same pass: looking them up again costs more than the rest of the row. */
  private statementFor(kinds: readonly number[] | undefined): SqliteStatement {
    const wanted = new Set(kinds?.filter((kind) => kind !== KIND_UNCERTAIN));
    const key = kindsKey(wanted);
    if (key === '') return this.withoutText;
    const known = this.withText.get(key);
    if (known !== undefined) return known;
    const isWanted = `${isOneOfSql(wanted)} AND length(data) + length(metadata) <= ${TEXT_BYTES_MAX}`;
    const text = (name: string): string => `iif(${isWanted}, CAST(${name} AS TEXT), NULL) AS ${name}`;
    const statement = this.database.prepare(
      columnsSql(`${FACTS}, ${text('data')}, ${text('metadata')}`, [
        ...numbersWith('data IS NOT NULL'),
        joinedSql('data'),
        joinedSql('metadata'),
      ]),
    );
    this.withText.set(key, statement);
    return statement;
  }
}

/** The last bit of a whole number of SQLite that can be set without making it negative. */
const LAST_BIT = 62;

/** Whether the kind is in a set: by its bit where it has one, which is a twentieth less for the whole page than a list. */
const isOneOfSql = (kinds: ReadonlySet<number>): string => {
  const list = [...kinds];
  if (!list.every((kind) => Number.isInteger(kind) && kind >= 0 && kind <= LAST_BIT))
    return `kind IN (${kindsKey(kinds)})`;
  return `(${list.reduce((bits, kind) => bits | (1n << BigInt(kind)), 0n)} >> kind & 1)`;
};

const columnsSql = (inner: string, outer: readonly string[]): string =>
  `SELECT max(position), ${outer.join(', ')}
    FROM (SELECT ${inner} FROM events WHERE position > ? ORDER BY position LIMIT ?)`;

/** What {@link packed} puts together. */
const unpacked = (values: Float64Array): { kinds: Float64Array; flags: Float64Array; has: Uint8Array } => {
  const kinds = new Float64Array(values.length);
  const flags = new Float64Array(values.length);
  const has = new Uint8Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    kinds[i] = value & KIND_MASK;
    flags[i] = Math.floor(value / FLAGS_FACTOR);
    has[i] = (value & HAS_TEXT) === 0 ? 0 : 1;
  }
  return { kinds, flags, has };
};

/** Its memory, to be handed over instead of copied. */
export const memoryOf = ({ texts, ...numbersOf }: Columns): ArrayBuffer[] =>
  [...Object.values(numbersOf), ...Object.values(texts ?? {})].map(({ buffer }) => buffer as ArrayBuffer);
