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

/** Writes at once. Inside a transaction. */
export class DirectWrites implements RowWrites {
  private readonly statements = new Map<string, SqliteStatement>();

  constructor(private readonly database: SqliteDatabase) {}

  run(sql: string, row: readonly SqliteInput[], otherwise?: Otherwise): void {
    let statement = this.statements.get(sql);
    if (statement === undefined) {
      statement = this.database.prepare(sql);
      this.statements.set(sql, statement);
    }
    if (otherwise === undefined) statement.runRow(row);
    else if (statement.run(...row) !== 1) throw new ViewsError(otherwise.code, otherwise.message);
  }
}
