import { isSqliteError, type SqliteError } from '@lapse/sqlite';
import { StoreError, type StoreErrorCode } from '@lapse/store';

/** By primary result code; what is not named here is `store-unavailable`. */
const MEANINGS: Readonly<Record<string, readonly [StoreErrorCode, string]>> = {
  SQLITE_FULL: ['disk-full', 'no space left for the log; nothing was written'],
  SQLITE_CORRUPT: ['store-corrupt', 'the log is damaged; restore it from a copy'],
  SQLITE_NOTADB: ['store-not-a-database', 'this file is not an event log'],
  SQLITE_READONLY: ['store-read-only', 'the log cannot be written to'],
  SQLITE_PERM: ['access-denied', 'the log may not be opened'],
  SQLITE_BUSY: ['store-busy', 'another connection holds the log for too long; ask again'],
  SQLITE_LOCKED: ['store-busy', 'another connection holds the log for too long; ask again'],
  SQLITE_MISUSE: ['store-closed', 'the store is closed'],
  SQLITE_CANTOPEN: ['store-unavailable', 'the log cannot be opened'],
  SQLITE_IOERR: ['store-unavailable', 'the disk does not read or write the log'],
  SQLITE_CONSTRAINT: ['store-unavailable', 'another program has written into the log; nothing was written, ask again'],
};

const storeError = (error: SqliteError, file: string): StoreError => {
  const [code, says] = MEANINGS[error.primaryCode] ?? ['store-unavailable', 'the log does not answer'];
  return new StoreError(code, `${file}: ${says} (${error.message})`, { cause: error });
};

/** What SQLite reports, in the words of the port. Everything else is a mistake in this program and stays as it is. */
export const toStoreError = (error: unknown, file: string): unknown =>
  isSqliteError(error) ? storeError(error, file) : error;

/**
 * Of a commit that failed. A full disk cannot have taken the end of it, so nothing was written. Of any other failure (a sync
 * that failed, say) only a later look at the log can tell: the same ids at the same revision may safely be sent again.
 */
export const toCommitError = (error: unknown, file: string): unknown => {
  if (!isSqliteError(error) || error.primaryCode === 'SQLITE_FULL') return toStoreError(error, file);
  return new StoreError(
    'append-ambiguous',
    `${file}: the commit failed, it may or may not be on disk (${error.message})`,
    {
      cause: error,
    },
  );
};

/** Runs one synchronous piece of work against the file. Throws {@link StoreError} for all that SQLite reports. */
export const speakingOf = <T>(file: string, work: () => T): T => {
  try {
    return work();
  } catch (error) {
    throw toStoreError(error, file);
  }
};
