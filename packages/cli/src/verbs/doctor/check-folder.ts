import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { openViews } from '@lapse/projections';
import { isSqliteError, openSqlite } from '@lapse/sqlite';
import type { EventStore, Position } from '@lapse/store';
import type { Io } from '../../io.js';
import { grouped } from '../../progress.js';
import { findRunning } from '../../service/running.js';
import { openLogAt, placeNumber } from '../log-at.js';
import { note, ok, wrong, wrongBecause, type Finding } from './finding.js';

/** What can be told of a data folder, also beside a running server. Nothing is written. */
export const checkFolder = async (io: Io, dataDir: string): Promise<Finding[]> => {
  const file = join(dataDir, 'events.db');
  if (!existsSync(file)) return [wrong('log', `there is no log at ${file}`)];
  let store: EventStore;
  try {
    store = await openLogAt(io, dataDir, 'read');
  } catch (error) {
    return [wrongBecause('log', error), sizeOf(file)];
  }
  try {
    const head = await store.headPosition();
    const identity = await store.identity();
    return [
      ok('log', `${file} can be read, in a format that this version knows`),
      ok('identity', identity),
      ok('head', head === 'start' ? 'no events yet' : `position ${head}`),
      sizeOf(file),
      await writerOf(dataDir, file),
      ...viewsOf(dataDir, identity, head),
    ];
  } catch (error) {
    return [wrongBecause('log', error), sizeOf(file)];
  } finally {
    await store.close();
  }
};

const bytesOf = (file: string): number => statSync(file, { throwIfNoEntry: false })?.size ?? 0;

const sizeOf = (file: string): Finding =>
  ok('size', `${grouped(bytesOf(file))} bytes, and ${grouped(bytesOf(`${file}-wal`))} in the write-ahead log`);

const writerOf = async (dataDir: string, file: string): Promise<Finding> => {
  const running = await findRunning(dataDir);
  if (!isLocked(file)) {
    return running === undefined
      ? ok('lock', 'free: nobody writes')
      : wrong('lock', `free, although ${running.url} (process ${running.pid}) says that it keeps this folder`);
  }
  if (running !== undefined) return ok('lock', `held by process ${running.pid}, which answers at ${running.url}`);
  return note('lock', 'held by a process that is not listening: another verb, or a server that starts or stops');
};

/** Reading what another has locked exclusively fails; it takes nothing away from a writer that comes at this moment. */
const isLocked = (file: string): boolean => {
  const lockFile = `${file}.lock`;
  if (!existsSync(lockFile)) return false;
  const database = openSqlite(lockFile, { readOnly: true });
  try {
    database.prepare('SELECT count(*) FROM sqlite_master').get();
    return false;
  } catch (error) {
    if (isSqliteError(error) && error.primaryCode === 'SQLITE_BUSY') return true;
    throw error;
  } finally {
    database.close();
  }
};

const viewsOf = (dataDir: string, identity: string, head: Position | 'start'): Finding[] => {
  const file = join(dataDir, 'views.db');
  if (!existsSync(file)) return [note('views', `there is no ${file}: it is built at the next start`)];
  try {
    const views = openViews({ file, readOnly: true });
    try {
      return views
        .generations()
        .filter(({ role }) => role !== 'old')
        .map(({ name, version, role, store, position }) => {
          const what = `${name}@${version} ${role}`;
          if (store !== identity)
            return note('views', `${what} belongs to another log: it is built again at the next start`);
          const behind = placeNumber(head) - placeNumber(position);
          if (behind < 0) return note('views', `${what} is ahead of the log: it is built again at the next start`);
          return ok('views', `${what}, checkpoint at ${position}, ${grouped(behind)} events behind the log`);
        });
    } finally {
      views.close();
    }
  } catch (error) {
    return [wrongBecause('views', error)];
  }
};
