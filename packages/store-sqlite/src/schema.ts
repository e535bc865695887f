import type { SqliteDatabase } from '@lapse/sqlite';

/** Stands in the header of every file, so that a database of another program is not taken for a log: "Laps". */
export const APPLICATION_ID = 0x4c617073;

/** Raised when an older version could misread the file. What a newer version wrote is refused, never guessed at. */
export const FORMAT_VERSION = 1;

/**
 * Streams and types are whole numbers in `events` (they repeat in every row and in the index), positions are given by the
 * one writer, 1, 2, 3 … without gaps. What the rules need stands in front, the payload last: a scan that does not ask for
 * payloads leaves them unread, long ones not even loaded.
 */
const TABLES = `
  CREATE TABLE meta (name TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE streams (key INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
  CREATE TABLE types (key INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
  CREATE TABLE events (
    position INTEGER PRIMARY KEY,
    stream INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    at INTEGER NOT NULL,
    flags INTEGER NOT NULL,
    id_low INTEGER NOT NULL,
    stored_at INTEGER NOT NULL,
    type INTEGER NOT NULL,
    content_type INTEGER NOT NULL,
    id TEXT NOT NULL,
    metadata BLOB NOT NULL,
    data BLOB NOT NULL,
    UNIQUE (stream, revision)
  ) STRICT;
`;

/** The log is only ever appended to, also by whoever opens the file by hand. */
const guardTriggers = (table: string): string =>
  ['UPDATE', 'DELETE']
    .map(
      (verb) => `
  CREATE TRIGGER no_${verb.toLowerCase()}_of_${table} BEFORE ${verb} ON ${table}
  BEGIN SELECT RAISE(ABORT, '${table} of a log are only ever added to'); END;`,
    )
    .join('');

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/**
 * Fills a new and empty database, all at once. By `exec` alone: the file is renamed once it is closed, and a connection with
 * prepared statements may stay open for a while ({@link SqliteDatabase.close}).
 */
export const createSchema = (database: SqliteDatabase, identity: string): void => {
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
  database.exec(`BEGIN IMMEDIATE;
    PRAGMA application_id = ${APPLICATION_ID};
    ${TABLES}
    INSERT INTO meta (name, value) VALUES ('format', '${FORMAT_VERSION}'), ('identity', ${quoted(identity)});
    ${['meta', 'streams', 'types', 'events'].map(guardTriggers).join('')}
    COMMIT`);
};
