import { statSync, type Stats } from 'node:fs';
import { openSqlite, type SqliteDatabase } from '@lapse/sqlite';
import { ViewsError } from '../errors.js';
import type { Log } from '../timer.js';
import { BUSY_TIMEOUT_MS, prepareToWrite } from './connection.js';
import { speakingOf } from './errors.js';
import { APPLICATION_ID, BASE_TABLES, VIEWS_FORMAT } from './schema.js';
import { lock, type ViewsLock } from './lock.js';
import { IN_MEMORY, Views } from './views.js';

export interface OpenViewsOptions {
  /** `views.db`; its folder must exist. Created where it is missing, unless `readOnly`. */
  readonly file: string;
  /** For a process that only looks, beside the engine that writes. */
  readonly readOnly?: boolean;
  /** For a process that builds rows beside the ones that an engine keeps: at most one at a time. */
  readonly beside?: boolean;
  /** How long SQLite may wait for another process; it blocks the thread. Default 5 000. */
  readonly busyTimeoutMs?: number;
  readonly log?: Log;
}

/**
 * Opens the read models, as the one engine or the one rebuild that keeps them. Throws {@link ViewsError}: `views-format-newer`, `views-corrupt`, `views-not-a-database` (a folder,
 * another file, another program's database), `views-read-only`, `views-busy`, `rebuild-busy`, `views-unavailable` (missing
 * when opened read-only; no such folder). The file holds nothing that the log does not: deleting it costs a rebuild and nothing else.
 */
export const openViews = (options: OpenViewsOptions): Views => {
  const { file, readOnly = false, beside = false, busyTimeoutMs = BUSY_TIMEOUT_MS, log = () => undefined } = options;
  checkPlace(file, readOnly);
  // First the file: what is wrong with it tells more than that nobody could make a lock beside it.
  const database = speakingOf(file, () => openSqlite(file, { readOnly, busyTimeoutMs }));
  let held: ViewsLock | undefined;
  try {
    const found = speakingOf(file, () => check(database, file));
    if (!readOnly && file !== IN_MEMORY) held = lock(file, beside ? 'rebuild' : 'engine', LOCK_TIMEOUT_MS);
    speakingOf(file, () => prepare(database, file, found, { readOnly, beside, log }));
    return new Views(database, file, readOnly, held);
  } catch (error) {
    database.close();
    held?.release();
    throw error;
  }
};

/** Who takes over rows holds the engine's lock for a moment. */
const LOCK_TIMEOUT_MS = 2_000;

const checkPlace = (file: string, readOnly: boolean): void => {
  const found = lookAt(file);
  if (found === undefined && readOnly) throw new ViewsError('views-unavailable', `there are no read models at ${file}`);
  if (found !== undefined && !found.isFile()) {
    throw new ViewsError('views-not-a-database', `${file} is a folder or no plain file; name a file in it`);
  }
};

const lookAt = (file: string): Stats | undefined => {
  try {
    return statSync(file, { throwIfNoEntry: false });
  } catch (error) {
    throw new ViewsError('views-unavailable', `${file} cannot be looked at: ${(error as Error).message}`, {
      cause: error,
    });
  }
};

interface Found {
  readonly format: number;
  readonly isEmpty: boolean;
}

const check = (database: SqliteDatabase, file: string): Found => {
  const format = pragma(database, 'user_version');
  const owner = pragma(database, 'application_id');
  const isEmpty = pragma(database, 'schema_version') === 0;
  if (!isEmpty && owner !== APPLICATION_ID) {
    throw new ViewsError('views-not-a-database', `${file} is a database of another program`);
  }
  if (format > VIEWS_FORMAT) {
    const versions = `it has format ${format}, this Lapse knows up to ${VIEWS_FORMAT}`;
    throw new ViewsError('views-format-newer', `${file} was written by a newer Lapse: ${versions}; use that one`);
  }
  return { format, isEmpty };
};

interface Opening {
  readonly readOnly: boolean;
  readonly beside: boolean;
  readonly log: Log;
}

const prepare = (database: SqliteDatabase, file: string, found: Found, opening: Opening): void => {
  const { format, isEmpty } = found;
  const { readOnly, beside, log } = opening;
  if (readOnly) {
    if (isEmpty || format < VIEWS_FORMAT) {
      throw new ViewsError('views-unavailable', `${file} holds no read models of this version yet`);
    }
    return;
  }
  prepareToWrite(database);
  if (isEmpty) createTables(database);
  else if (format < VIEWS_FORMAT) {
    if (beside)
      throw new ViewsError(
        'views-unavailable',
        `${file} is of an older format: start Lapse once, it is then built again`,
      );
    log({ level: 'info', what: 'views-format-older', message: `${file} is of an older format and is built again` });
    startOver(database);
  }
};

const createTables = (database: SqliteDatabase): void =>
  database.transaction(() => {
    database.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${VIEWS_FORMAT}`);
    database.exec(BASE_TABLES);
  });

const startOver = (database: SqliteDatabase): void =>
  database.transaction(() => {
    const tables = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'");
    for (const [name] of tables.all<[string]>()) database.exec(`DROP TABLE "${name}"`);
    database.exec(`PRAGMA user_version = ${VIEWS_FORMAT}`);
    database.exec(BASE_TABLES);
  });

const pragma = (database: SqliteDatabase, name: string): number =>
  database.prepare(`PRAGMA ${name}`).get<[number]>()?.[0] ?? 0;
