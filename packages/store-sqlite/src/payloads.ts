import type { SqliteDatabase, SqliteStatement } from '@lapse/sqlite';
import { BoundedMap } from './bounded-map.js';

export type PayloadRow = readonly [
  position: number,
  storedAtMs: number,
  type: number,
  contentType: number,
  id: string,
  metadata: Uint8Array,
  data: Uint8Array,
];

const COLUMNS = 'position, stored_at, type, content_type, id, metadata, data';

/** Payloads are read in steps of so many rows, and no further once so many bytes are held. */
const ROWS_PER_STEP = 128;
const WINDOW_BYTES_MAX = 8 * 1024 * 1024;
/** How many different sets of kinds keep a prepared statement each. */
const STATEMENTS_MAX = 32;

/** Kinds are whole numbers from 0 to 255: what goes into the SQL is digits and commas. */
export const kindsKey = (kinds: ReadonlySet<number>): string =>
  [...kinds]
    .filter((kind) => Number.isInteger(kind))
    .sort((a, b) => a - b)
    .join(',');

/** Reads payloads: of one position, or of a stretch of the log whose kinds are in a set. */
export class PayloadReader {
  private readonly one: SqliteStatement;
  private readonly times: SqliteStatement;
  private readonly ofKinds = new BoundedMap<string, SqliteStatement>(STATEMENTS_MAX);

  constructor(private readonly database: SqliteDatabase) {
    this.one = database.prepare(`SELECT ${COLUMNS} FROM events WHERE position = ?`);
    this.times = database.prepare('SELECT position, stored_at FROM events WHERE position >= ? AND position <= ?');
  }

  at(position: number): PayloadRow | undefined {
    return this.one.get<PayloadRow>(position);
  }

  /** When the events from one position to another were stored, without their payloads. The caller bounds the stretch. */
  storedTimes(from: number, to: number): Map<number, number> {
    return new Map(this.times.all<[number, number]>(from, to));
  }

  /**
   * The rows from one position to another whose kind is in `kinds` (all of them if undefined), into a map by position. Stops
   * early when much has been read. Returns how far it got: everything up to there is in the map.
   */
  between(from: number, to: number, kinds: ReadonlySet<number> | undefined, into: Map<number, PayloadRow>): number {
    const statement = this.statementFor(kinds);
    let bytes = 0;
    let next = from;
    while (next <= to && bytes < WINDOW_BYTES_MAX) {
      const rows = statement.all<PayloadRow>(next, to);
      for (const row of rows) {
        into.set(row[0], row);
        bytes += row[5].byteLength + row[6].byteLength;
      }
      next = rows.length < ROWS_PER_STEP ? to + 1 : rows[rows.length - 1]![0] + 1;
    }
    return next - 1;
  }

  private statementFor(kinds: ReadonlySet<number> | undefined): SqliteStatement {
    const key = kinds === undefined ? 'all' : kindsKey(kinds);
    const known = this.ofKinds.get(key);
    if (known !== undefined) return known;
    const kindIn = kinds === undefined ? '' : `AND kind IN (${key})`;
    const statement = this.database.prepare(
      `SELECT ${COLUMNS} FROM events WHERE position >= ? AND position <= ? ${kindIn} ORDER BY position LIMIT ${ROWS_PER_STEP}`,
    );
    this.ofKinds.set(key, statement);
    return statement;
  }
}
