import { isSqliteError } from '@lapse/sqlite';
import { StoreError, type EventStore } from '@lapse/store';
import { ReadAhead } from './ahead/read-ahead.js';
import { Appender } from './append.js';
import { ByteArena } from './byte-arena.js';
import { Changes } from './changes.js';
import { speakingOf } from './errors.js';
import { checkPlace, checkWritable, contentMark, createFile, hasWriteAheadLog, makeFolder } from './files.js';
import { GroupCommit } from './group-commit.js';
import { lockForWriting, type WriterLock } from './lock.js';
import { openLogFile, type OpenedLog } from './log-file.js';
import {
  appendBytesMaxOf,
  busyTimeoutOf,
  fileBytesMaxOf,
  groupLimitsOf,
  pollingOf,
  streamCacheMaxOf,
  type SqliteReaderOptions,
  type SqliteStoreOptions,
  type SqliteWriterOptions,
} from './options.js';
import { Reading } from './reading.js';
import { SqliteStore, type Writing } from './store.js';

/**
 * Opens the log in `file`: as its one writer, or read-only beside a writer in another process.
 *
 * A writer creates what is missing (folder, file) and holds a lock until it closes or its process ends; a second one gets
 * `store-locked`. Throws a `StoreError`: `store-locked`, `store-format-newer` (written by a newer version), `store-corrupt`
 * (cut off, damaged, empty), `store-not-a-database` (a folder, another file, another program's database), `store-read-only`,
 * `store-unavailable` (missing when opened read-only).
 */
export const openSqliteStore = async (options: SqliteStoreOptions): Promise<EventStore> =>
  options.readOnly === true ? openReader(options) : openWriter(options);

const openReader = (options: SqliteReaderOptions): EventStore => {
  const { file, exists } = checkPlace(options.file);
  if (!exists) throw new StoreError('store-unavailable', `there is no log at ${file}`);
  const changes = new Changes(pollingOf(options));
  return speakingOf(file, () => {
    const busyTimeoutMs = busyTimeoutOf(options);
    const { frozenAt, ...log } = openToRead(file, busyTimeoutMs);
    const immutable = frozenAt !== undefined;
    const ahead = options.readsAhead === true ? new ReadAhead({ file, immutable, busyTimeoutMs }) : undefined;
    return new SqliteStore({ ...partsOf(log, options, ahead), changes, writing: undefined, frozenAt });
  });
};

/**
 * SQLite shares a log through files beside it, which even a reader must be able to make. Where the folder does not let it,
 * a log that nobody writes can still be read; that somebody begins to is noticed by `frozenAt`.
 */
const openToRead = (file: string, busyTimeoutMs: number): OpenedLog & { readonly frozenAt: string | undefined } => {
  try {
    return { ...openLogFile(file, { readOnly: true, busyTimeoutMs }), frozenAt: undefined };
  } catch (error) {
    const isOfTheFolder = isSqliteError(error) && ['SQLITE_READONLY', 'SQLITE_CANTOPEN'].includes(error.primaryCode);
    if (!isOfTheFolder) throw error;
    if (hasWriteAheadLog(file)) {
      const message = `${file} cannot be read where nothing can be written: events of it are still in ${file}-wal. Copy both to another folder, or let the writer close.`;
      throw new StoreError('store-read-only', message, { cause: error });
    }
    const frozenAt = contentMark(file);
    return { ...openLogFile(file, { readOnly: true, immutable: true, busyTimeoutMs }), frozenAt };
  }
};

const openWriter = (options: SqliteWriterOptions): EventStore => {
  makeFolder(options.file);
  const { file } = checkPlace(options.file);
  const lock = lockForWriting(file);
  try {
    return speakingOf(file, () => openLocked(file, lock, options));
  } catch (error) {
    lock.release();
    throw error;
  }
};

const openLocked = (file: string, lock: WriterLock, options: SqliteWriterOptions): EventStore => {
  if (checkPlace(file).exists) checkWritable(file, 'the log');
  else createFile(file, options.newIdentity());
  const log = openLogFile(file, {
    readOnly: false,
    busyTimeoutMs: busyTimeoutOf(options),
    fileBytesMax: fileBytesMaxOf(options),
  });
  try {
    const parts = partsOf(log, options);
    const changes = new Changes();
    const writing = writingOf(log, lock, parts.reading, changes, options);
    return new SqliteStore({ ...parts, changes, writing, frozenAt: undefined });
  } catch (error) {
    log.database.close();
    throw error;
  }
};

const partsOf = (
  log: OpenedLog,
  options: SqliteStoreOptions,
  ahead?: ReadAhead,
): OpenedLog & { readonly reading: Reading } => ({
  ...log,
  reading: new Reading(log.database, options.extractFacts, ahead),
});

const writingOf = (
  { database }: OpenedLog,
  lock: WriterLock,
  reading: Reading,
  changes: Changes,
  options: SqliteWriterOptions,
): Writing => {
  const { streams, types } = reading.source;
  const appender = new Appender(database, streams, types, streamCacheMaxOf(options));
  const { nowMs, extractFacts, systemNames } = options;
  const onCommit = (): void => changes.wakeAll();
  const arena = new ByteArena();
  return {
    lock,
    arena,
    extractFacts,
    limits: { appendBytesMax: appendBytesMaxOf(options), ...(systemNames && { systemNames }) },
    groups: new GroupCommit({ database, appender, arena, limits: groupLimitsOf(options), nowMs, onCommit }),
  };
};
