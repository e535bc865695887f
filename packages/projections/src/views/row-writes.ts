import type { SqliteDatabase, SqliteInput, SqliteStatement } from '@lapse/sqlite';
import { ViewsError, type ViewsErrorCode } from '../errors.js';

/** What to throw where a statement has not changed exactly one row. */
export interface Otherwise {
  readonly code: ViewsErrorCode;
  readonly message: string;
}

/** Takes what belongs into one transaction, in its order. */
export interface RowWrites {
  /** Rows of the same statement one after another are cheapest. Throws what SQLite reports, and `otherwise`. */
  run(sql: string, row: readonly SqliteInput[], otherwise?: Otherwise): void;
}

/** Rows of the same statement, their values one after another: so they go from thread to thread in half the time. */
export interface Rows {
  readonly sql: string;
  readonly width: number;
  readonly values: readonly SqliteInput[];
  readonly otherwise: Otherwise | undefined;
}

/** So many rows go into one INSERT: calling SQLite for each takes as long as binding ten of its values. */
const ROWS_PER_INSERT = 8;
const ONE_ROW = / VALUES (\(\?(?:, \?)*\))$/;

/** Writes at once. Inside a transaction. */
export class DirectWrites implements RowWrites {
  private readonly statements = new Map<string, SqliteStatement>();

  constructor(private readonly database: SqliteDatabase) {}

  run(sql: string, row: readonly SqliteInput[], otherwise?: Otherwise): void {
    const statement = this.statement(sql);
    if (otherwise === undefined) statement.runRow(row);
    else if (statement.run(...row) !== 1) throw new ViewsError(otherwise.code, otherwise.message);
  }

  runAll({ sql, width, values, otherwise }: Rows): void {
    const oneRow = otherwise === undefined ? ONE_ROW.exec(sql)?.[1] : undefined;
    let from = 0;
    if (oneRow !== undefined && values.length >= width * ROWS_PER_INSERT) {
      const statement = this.statement(sql + `, ${oneRow}`.repeat(ROWS_PER_INSERT - 1));
      const step = width * ROWS_PER_INSERT;
      for (; from + step <= values.length; from += step) statement.runRow(values.slice(from, from + step));
    }
    for (; from < values.length; from += width) this.run(sql, values.slice(from, from + width), otherwise);
  }

  private statement(sql: string): SqliteStatement {
    const known = this.statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.database.prepare(sql);
    this.statements.set(sql, statement);
    return statement;
  }
}
