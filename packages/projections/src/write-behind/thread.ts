import { parentPort, workerData } from 'node:worker_threads';
import { Busy, isSqliteError, openSqlite, stepBack } from '@lapse/sqlite';
import { isViewsError } from '../errors.js';
import { BUSY_TIMEOUT_MS, prepareToWrite } from '../views/connection.js';
import { DirectWrites, type Rows } from '../views/row-writes.js';
import type { FromThread, Refused, ThreadData, ToThread } from './messages.js';

// The thread behind `WriteBehind`: writes the rows that it is handed, one transaction after another.

const port = parentPort!;
const { file, busy: state } = workerData as ThreadData;
const busy = new Busy(state);
const say = (message: FromThread): void => port.postMessage(message);

stepBack();
const opened = busy.during(() => {
  const database = openSqlite(file, { busyTimeoutMs: BUSY_TIMEOUT_MS });
  prepareToWrite(database);
  // A statement that inserts several rows keeps what it would have to undo: a file for that would cost as much as the call saves.
  database.exec('PRAGMA temp_store = MEMORY');
  return { database, into: new DirectWrites(database) };
});

let isInTransaction = false;
let refused: Refused | undefined;

const refusedBy = (error: unknown): Refused => {
  const message = error instanceof Error ? error.message : String(error);
  if (isSqliteError(error)) return { message, sqliteCode: error.code };
  return isViewsError(error) ? { message, viewsCode: error.code } : { message };
};

/** After the first error everything up to the end of the transaction is left out. */
const attempt = (work: (parts: NonNullable<typeof opened>) => void): void => {
  if (opened === undefined || refused !== undefined) return;
  try {
    busy.during(() => work(opened));
  } catch (error) {
    refused = refusedBy(error);
  }
};

const write = (rows: Rows): void =>
  attempt(({ database, into }) => {
    if (!isInTransaction) database.exec('BEGIN IMMEDIATE');
    isInTransaction = true;
    into.runAll(rows);
  });

const end = (undo: boolean): void => {
  if (!undo) attempt(({ database }) => isInTransaction && database.exec('COMMIT'));
  if (undo || refused !== undefined) rollBack();
  isInTransaction = false;
  say({ kind: 'ended', refused });
  refused = undefined;
};

const rollBack = (): void => {
  try {
    if (isInTransaction) busy.during(() => opened?.database.exec('ROLLBACK'));
  } catch {
    // SQLite has rolled back by itself already (a full disk, an I/O error): the first error is the one to tell.
  }
};

port.on('message', (message: ToThread) => {
  if (message.kind === 'rows') write(message.rows);
  else if (message.kind === 'end') end(message.undo);
  else {
    busy.during(() => opened?.database.close());
    port.close();
  }
});
say({ kind: 'ready' });
