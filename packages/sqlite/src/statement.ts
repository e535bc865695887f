import type { RawStatement, SqliteInput } from './binding.js';
import { toSqliteError } from './error.js';

/** What comes out of a column. Whole numbers beyond 2^53 - 1 throw a RangeError instead of losing digits. */
export type SqliteValue = number | string | null | Uint8Array;

/**
 * A prepared statement; rows are arrays in the order of the columns. Names of columns must differ within one statement
 * and must not be digits alone: where the binding gives only objects, the order of their keys is the order of the columns.
 */
export class SqliteStatement {
  private readonly givesArrays: boolean;

  constructor(
    private readonly raw: RawStatement,
    private readonly file: string,
  ) {
    this.givesArrays = typeof raw.setReturnArrays === 'function';
    raw.setReturnArrays?.(true);
  }

  /** Runs it for its effect. Returns how many rows it inserted, changed or deleted. */
  run(...parameters: SqliteInput[]): number {
    try {
      return Number(this.raw.run(...parameters).changes);
    } catch (error) {
      throw toSqliteError(error, this.file);
    }
  }

  /** {@link run} for parameters that stand in an array already: what inserts by the million feels the copy. */
  runRow(parameters: readonly SqliteInput[]): void {
    try {
      this.raw.run(...parameters);
    } catch (error) {
      throw toSqliteError(error, this.file);
    }
  }

  /** The first row. */
  get<Row extends readonly SqliteValue[]>(...parameters: SqliteInput[]): Row | undefined {
    try {
      const row = this.raw.get(...parameters);
      return row === undefined || row === null ? undefined : (this.asArray(row) as unknown as Row);
    } catch (error) {
      throw toSqliteError(error, this.file);
    }
  }

  /** All rows at once: bound them in the SQL. */
  all<Row extends readonly SqliteValue[]>(...parameters: SqliteInput[]): Row[] {
    try {
      const rows = this.raw.all(...parameters);
      return (this.givesArrays ? rows : rows.map((row) => this.asArray(row))) as Row[];
    } catch (error) {
      throw toSqliteError(error, this.file);
    }
  }

  /** Row by row; leaving the loop resets the statement. The statement must not be run again meanwhile. */
  *iterate<Row extends readonly SqliteValue[]>(...parameters: SqliteInput[]): IterableIterator<Row> {
    try {
      for (const row of this.raw.iterate(...parameters)) yield this.asArray(row) as unknown as Row;
    } catch (error) {
      throw toSqliteError(error, this.file);
    }
  }

  private asArray(row: unknown): SqliteValue[] {
    return this.givesArrays ? (row as SqliteValue[]) : (Object.values(row as object) as SqliteValue[]);
  }
}
