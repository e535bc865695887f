import type { SqliteDatabase } from '@lapse/sqlite';

/** How long SQLite may wait for another process; it blocks the thread. */
export const BUSY_TIMEOUT_MS = 5_000;

/** Pages that SQLite keeps in memory for one connection, in KiB. */
const CACHE_KIB = 32_768;

/** For a connection that writes: a commit is on disk at the next checkpoint of the file, which costs a rebuild nothing. */
export const prepareToWrite = (database: SqliteDatabase): void =>
  database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -${CACHE_KIB}`);
