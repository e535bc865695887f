import { openSqlite, type SqliteDatabase } from '@lapse/sqlite';
import { StoreError } from '@lapse/store';
import { checkSize } from './files.js';
import { APPLICATION_ID, FORMAT_VERSION } from './schema.js';

const PAGE_CACHE_KIB = 32 * 1024;
const WAL_BYTES_KEPT = 64 * 1024 * 1024;

export interface OpenedLog {
  readonly database: SqliteDatabase;
  readonly identity: string;
}

export interface LogFileOptions {
  readonly readOnly: boolean;
  /** Nobody writes it while it is open. */
  readonly immutable?: boolean;
  readonly busyTimeoutMs: number;
  readonly fileBytesMax?: number | undefined;
}

/** Opens an existing log and proves that it is one that this version can read. Throws `SqliteError` and {@link StoreError}. */
export const openLogFile = (file: string, options: LogFileOptions): OpenedLog => {
  const database = openSqlite(file, options);
  try {
    checkOwner(database);
    const identity = readMeta(database);
    database.exec(`PRAGMA cache_size = -${PAGE_CACHE_KIB}`);
    if (!options.readOnly) prepareForWriting(database, options.fileBytesMax);
    return { database, identity };
  } catch (error) {
    database.close();
    throw error;
  }
};

const numberFrom = (database: SqliteDatabase, pragma: string): number =>
  database.prepare(`PRAGMA ${pragma}`).get<[number]>()?.[0] ?? 0;

const checkOwner = (database: SqliteDatabase): void => {
  const owner = numberFrom(database, 'application_id');
  if (owner === APPLICATION_ID) return;
  const whose = owner === 0 ? 'names no program' : `belongs to another program (application_id ${owner})`;
  throw new StoreError(
    'store-not-a-database',
    `${database.location} is a SQLite database, but it ${whose}: no event log`,
  );
};

const readMeta = (database: SqliteDatabase): string => {
  const select = database.prepare('SELECT value FROM meta WHERE name = ?');
  const format = Number(select.get<[string]>('format')?.[0]);
  const identity = select.get<[string]>('identity')?.[0];
  if (format > FORMAT_VERSION) {
    const versions = `it has format ${format}, this version knows formats up to ${FORMAT_VERSION}`;
    throw new StoreError(
      'store-format-newer',
      `${database.location} was written by a newer version of Lapse: ${versions}`,
    );
  }
  if (format !== FORMAT_VERSION || identity === undefined) {
    throw new StoreError('store-corrupt', `${database.location} has no readable format or identity`);
  }
  return identity;
};

const prepareForWriting = (database: SqliteDatabase, fileBytesMax: number | undefined): void => {
  const pageBytes = numberFrom(database, 'page_size');
  checkSize(database.location, pageBytes);
  database.exec('PRAGMA journal_mode = WAL');
  // FULL: a commit returns when it is on disk. macOS needs fullfsync for that word to mean what it says.
  database.exec(`PRAGMA synchronous = FULL; PRAGMA fullfsync = ON; PRAGMA journal_size_limit = ${WAL_BYTES_KEPT}`);
  if (fileBytesMax !== undefined) database.exec(`PRAGMA max_page_count = ${Math.floor(fileBytesMax / pageBytes)}`);
  if (numberFrom(database, 'synchronous') !== 2) {
    throw new StoreError('store-unavailable', `${database.location}: SQLite does not sync every commit`);
  }
};
