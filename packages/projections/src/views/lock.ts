import { isSqliteError, openSqlite, type SqliteDatabase } from '@lapse/sqlite';
import { ViewsError, type ViewsErrorCode } from '../errors.js';
import { speakingOf } from './errors.js';

/** What may be done with a file of read models by one process at a time. */
export type LockPurpose = 'engine' | 'rebuild';

const REFUSALS: Readonly<Record<LockPurpose, readonly [ViewsErrorCode, string]>> = {
  engine: ['views-busy', 'another engine keeps these read models: stop it first, or give each its own folder'],
  rebuild: ['rebuild-busy', 'another rebuild of these read models is under way: see it with `lapse projections`'],
};

export interface ViewsLock {
  /** May be called twice. */
  release(): void;
}

const lockFileOf = (file: string, purpose: LockPurpose): string =>
  purpose === 'engine' ? `${file}.lock` : `${file}.rebuild.lock`;

/**
 * Takes the lock, or gives undefined where another holds it. SQLite holds it on an empty file of its own beside the read
 * models; the system gives it back when the process is gone, however it ends.
 */
export const tryLock = (file: string, purpose: LockPurpose, busyTimeoutMs = 0): ViewsLock | undefined => {
  const lockFile = lockFileOf(file, purpose);
  return speakingOf(lockFile, () => {
    const database = openSqlite(lockFile, { busyTimeoutMs });
    return begin(database) ? { release: () => database.close() } : undefined;
  });
};

const begin = (database: SqliteDatabase): boolean => {
  try {
    database.exec('BEGIN EXCLUSIVE');
    return true;
  } catch (error) {
    database.close();
    if (isSqliteError(error) && error.primaryCode === 'SQLITE_BUSY') return false;
    throw error;
  }
};

/** Throws `views-busy` or `rebuild-busy`. */
export const lock = (file: string, purpose: LockPurpose, busyTimeoutMs: number): ViewsLock => {
  const taken = tryLock(file, purpose, busyTimeoutMs);
  if (taken !== undefined) return taken;
  const [code, says] = REFUSALS[purpose];
  throw new ViewsError(code, `${file}: ${says} (it holds ${lockFileOf(file, purpose)})`);
};
