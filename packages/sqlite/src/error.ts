import { resultCodeName, resultCodeOfMessage } from './result-codes.js';

/**
 * What SQLite refused. `code` is the name of the extended result code (`SQLITE_CONSTRAINT_UNIQUE`, `SQLITE_FULL`), the same
 * for both bindings (one of them tells only the primary code of what it meets while it reads many rows). Look at `code`, never at the class: tests load modules in several realms.
 */
export class SqliteError extends Error {
  override readonly name = 'SqliteError';
  constructor(
    readonly code: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }

  /** `SQLITE_IOERR` for `SQLITE_IOERR_FSYNC`: what most decisions need. */
  get primaryCode(): string {
    return this.code.split('_').slice(0, 2).join('_');
  }
}

export const isSqliteError = (error: unknown): error is SqliteError =>
  error instanceof Error && error.name === 'SqliteError' && typeof (error as SqliteError).code === 'string';

/** Anything that SQLite did not say itself (a value of a wrong type, say) is a mistake in the caller and stays what it is. */
export const toSqliteError = (error: unknown, file: string): unknown => {
  const raw = error as { code?: unknown; errcode?: unknown; message?: unknown };
  if (raw?.code === 'ERR_SQLITE_ERROR') {
    const { errcode } = raw;
    const code = typeof errcode === 'number' ? resultCodeName(errcode) : resultCodeOfMessage(String(raw.message));
    return new SqliteError(code, `${code}: ${String(raw.message)} (${file})`, { cause: error });
  }
  if (raw?.code === 'ERR_INVALID_STATE') {
    return new SqliteError('SQLITE_MISUSE', `SQLITE_MISUSE: ${String(raw.message)} (${file})`, { cause: error });
  }
  return error;
};
