import {
  accessSync,
  closeSync,
  constants,
  fsyncSync,
  mkdirSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { dirname, resolve } from 'node:path';
import { openSqlite } from '@lapse/sqlite';
import { StoreError } from '@lapse/store';
import { createSchema } from './schema.js';

/** The largest number of folders above a new file that are made durable one by one. */
const FOLDERS_MAX = 64;

const sizeOf = (file: string): number | undefined => statSync(file, { throwIfNoEntry: false })?.size;

/** The file behind links, so that two paths to one log meet at one lock. */
const realFile = (file: string): string => {
  const absolute = resolve(file);
  return sizeOf(absolute) === undefined ? absolute : realpathSync(absolute);
};

/** What stands at the path is a file with something in it, or nothing at all. Throws `store-not-a-database`, `store-corrupt`. */
export const checkPlace = (file: string): { readonly file: string; readonly exists: boolean } => {
  const real = realFile(file);
  const stats = statSync(real, { throwIfNoEntry: false });
  if (stats === undefined) return { file: real, exists: false };
  if (stats.isDirectory()) throw new StoreError('store-not-a-database', `${real} is a folder; the log is a file`);
  if (!stats.isFile()) throw new StoreError('store-not-a-database', `${real} is not a regular file`);
  if (stats.size === 0) {
    throw new StoreError(
      'store-corrupt',
      `${real} is empty: a log never is. Restore it, or delete it to start a new one.`,
    );
  }
  return { file: real, exists: true };
};

/** Throws `store-unavailable`, `store-read-only`. */
export const makeFolder = (file: string): void => {
  const folder = dirname(file);
  try {
    const first = mkdirSync(folder, { recursive: true });
    if (first !== undefined) syncFoldersUpTo(folder, dirname(first));
  } catch (error) {
    throw new StoreError('store-unavailable', `the folder ${folder} cannot be made`, { cause: error });
  }
  checkWritable(folder, 'the folder');
};

/** SQLite would open a file that may only be read without a word, and refuse at the first append. Throws `store-read-only`. */
export const checkWritable = (path: string, what: string): void => {
  try {
    accessSync(path, constants.W_OK);
  } catch (error) {
    const message = `${what} ${path} cannot be written to; open the log read-only`;
    throw new StoreError('store-read-only', message, { cause: error });
  }
};

/**
 * Creates the log under another name and then renames it, so that a file of that name is whole from its first moment: an
 * empty one is damage and no new log. Call it with the writer's lock held.
 */
export const createFile = (file: string, identity: string): void => {
  const orphan = `${file}-wal`;
  if ((sizeOf(orphan) ?? 0) > 0) {
    const message = `${file} is missing, but ${orphan} is there and may hold acknowledged events. Put both back, or delete both to start a new log.`;
    throw new StoreError('store-corrupt', message);
  }
  const fresh = `${file}.new`;
  for (const end of ['', '-wal', '-shm', '-journal']) rmSync(fresh + end, { force: true });
  for (const end of ['-wal', '-shm']) rmSync(file + end, { force: true });
  const database = openSqlite(fresh);
  try {
    createSchema(database, identity);
  } finally {
    database.close();
  }
  sync(fresh);
  renameSync(fresh, file);
  syncFoldersUpTo(dirname(file), dirname(file));
};

/** Whole pages only, once nothing is left in the write-ahead log: SQLite itself notices missing pages, but not half of one. */
export const checkSize = (file: string, pageBytes: number): void => {
  const bytes = sizeOf(file) ?? 0;
  if (hasWriteAheadLog(file) || bytes % pageBytes === 0) return;
  throw new StoreError(
    'store-corrupt',
    `${file} is cut off: ${bytes} bytes are no whole number of pages of ${pageBytes}`,
  );
};

export const hasWriteAheadLog = (file: string): boolean => (sizeOf(`${file}-wal`) ?? 0) > 0;

/** Stays the same for as long as nobody writes the log. */
export const contentMark = (file: string): string => {
  const stats = statSync(file, { throwIfNoEntry: false, bigint: true });
  return `${fileMark(file)} ${stats?.size} ${stats?.mtimeNs} ${hasWriteAheadLog(file)}`;
};

/** Stays the same for as long as the path leads to the same file; undefined when it leads to none. */
export const fileMark = (file: string): string | undefined => {
  const stats = statSync(file, { throwIfNoEntry: false, bigint: true });
  return stats === undefined ? undefined : `${stats.dev}:${stats.ino}`;
};

const sync = (path: string): void => {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
};

/** A new name is on disk when its folder is. Windows neither needs nor allows it. */
const syncFoldersUpTo = (from: string, to: string): void => {
  if (process.platform === 'win32') return;
  let folder = from;
  for (let i = 0; i < FOLDERS_MAX; i += 1) {
    sync(folder);
    if (folder === to || folder === dirname(folder)) return;
    folder = dirname(folder);
  }
};
