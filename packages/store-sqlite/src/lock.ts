import { isSqliteError, openSqlite } from '@lapse/sqlite';
import { StoreError } from '@lapse/store';
import { toStoreError } from './errors.js';

export interface WriterLock {
  /** May be called twice. */
  release(): void;
}

/**
 * Makes this process the one writer of `file`, until {@link WriterLock.release} or its end, however it ends: the lock is one
 * that SQLite holds on a file of its own beside the log, and the system gives it back when the process is gone. The file
 * stays and is empty. Deleting it while a writer runs lets a second one in; so does opening and closing it in this process by
 * other means, for that is how POSIX locks are. Throws `store-locked`.
 */
export const lockForWriting = (file: string): WriterLock => {
  const lockFile = `${file}.lock`;
  try {
    const database = openSqlite(lockFile);
    try {
      database.exec('BEGIN EXCLUSIVE');
    } catch (error) {
      database.close();
      throw error;
    }
    return { release: () => database.close() };
  } catch (error) {
    if (!isSqliteError(error) || error.primaryCode !== 'SQLITE_BUSY') throw toStoreError(error, lockFile);
    const message = `${file} is already written to by another process, or by another store of this one (it holds ${lockFile}). Only one process may write; others can open the log read-only, or go through the one that runs.`;
    throw new StoreError('store-locked', message, { cause: error });
  }
};
