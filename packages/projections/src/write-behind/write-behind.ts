import { Worker } from 'node:worker_threads';
import { SqliteError, startGuarded, type SqliteInput } from '@lapse/sqlite';
import { ViewsError } from '../errors.js';
import { viewsErrorOf } from '../views/errors.js';
import type { Otherwise, RowWrites } from '../views/row-writes.js';
import type { FromThread, Refused, ThreadData, ToThread } from './messages.js';

/** Starts the thread; a test hands in one that runs the sources. */
export type StartThread = (data: ThreadData) => Worker;

const startThread: StartThread = (workerData) => new Worker(new URL('./thread.js', import.meta.url), { workerData });

/**
 * Writes rows in a second thread, with a connection of its own, while the caller folds on. One transaction at a time. Until it
 * is told that one is in the file, the caller must not ask the file for what is in it.
 */
export class WriteBehind {
  /** Of each transaction whose end has not been answered yet, the oldest first. */
  private readonly settles: ((error: Error | undefined) => void)[] = [];
  private lost: Error | undefined;
  private readonly exit: Promise<void>;

  private constructor(
    private readonly file: string,
    private readonly worker: Worker,
  ) {
    worker.on('message', (message: FromThread) => {
      if (message.kind === 'ended') this.settles.shift()?.(message.refused && this.errorOf(message.refused));
    });
    worker.on('error', (error: Error) => this.lose(error));
    this.exit = new Promise((resolve) => {
      worker.on('exit', () => {
        this.lose(new Error('it has ended'));
        resolve();
      });
    });
  }

  /** Undefined where no thread can be started: the caller writes by itself then. */
  static async start(file: string, start: StartThread = startThread): Promise<WriteBehind | undefined> {
    try {
      const worker = startGuarded((busy) => start({ file, busy }));
      await new Promise<void>((resolve, reject) => {
        worker.once('message', () => resolve());
        worker.once('error', reject);
        worker.once('exit', () => reject(new Error('it has ended')));
      });
      return new WriteBehind(file, worker);
    } catch {
      return undefined;
    }
  }

  /** It has ended, whatever the reason: nothing can be written with it any more. */
  get isLost(): boolean {
    return this.lost !== undefined;
  }

  /**
   * All that `work` gives in one transaction, or none of it. `work` is done when this returns; the promise says when everything is
   * in the file. Throws what `work` throws; rejects with {@link ViewsError}.
   */
  write(work: (to: RowWrites) => void): Promise<void> {
    if (this.lost !== undefined) return Promise.reject(this.lost);
    const rows = new RowSender((message) => this.tell(message));
    try {
      work(rows);
    } catch (error) {
      this.end(true).catch(() => undefined);
      throw error;
    }
    rows.send();
    return this.end(false);
  }

  /** The thread has ended when it resolves. */
  async close(): Promise<void> {
    if (this.lost === undefined) this.tell({ kind: 'close' });
    await this.exit;
  }

  private end(undo: boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      this.settles.push((error) => (error === undefined ? resolve() : reject(error)));
      this.tell({ kind: 'end', undo });
    });
  }

  private tell(message: ToThread): void {
    this.worker.postMessage(message);
  }

  /** Whether the last transaction is in the file nobody knows: the next run finds out by the checkpoint. */
  private lose({ message }: Error): void {
    const says = `${this.file}: the thread that writes the read models is gone (${message}); run it again, it goes on`;
    this.lost ??= new ViewsError('views-unavailable', says);
    for (const settle of this.settles.splice(0)) settle(this.lost);
  }

  private errorOf({ message, sqliteCode, viewsCode }: Refused): Error {
    if (viewsCode !== undefined) return new ViewsError(viewsCode, message);
    if (sqliteCode === undefined) return new ViewsError('views-unavailable', `${this.file}: ${message}`);
    return viewsErrorOf(new SqliteError(sqliteCode, message), this.file);
  }
}

/** Enough for the cost of a message not to matter. */
const VALUES_PER_MESSAGE = 8_192;

/** Sends rows on as they come. */
class RowSender implements RowWrites {
  private sql = '';
  private width = 0;
  private otherwise: Otherwise | undefined;
  /** Used again for every message, which is a copy: growing one anew each time would cost as much as filling it. */
  private readonly values: SqliteInput[] = [];
  private used = 0;

  constructor(private readonly tell: (message: ToThread) => void) {}

  run(sql: string, row: readonly SqliteInput[], otherwise?: Otherwise): void {
    if (sql !== this.sql || otherwise !== this.otherwise || this.used >= VALUES_PER_MESSAGE) {
      this.send();
      this.sql = sql;
      this.width = row.length;
      this.otherwise = otherwise;
    }
    const { values } = this;
    let { used } = this;
    for (let i = 0; i < row.length; i++) values[used++] = row[i] as SqliteInput;
    this.used = used;
  }

  send(): void {
    const { sql, width, values, used, otherwise } = this;
    if (used === 0) return;
    const sent = used === values.length ? values : values.slice(0, used);
    this.tell({ kind: 'rows', rows: { sql, width, values: sent, otherwise } });
    this.used = 0;
  }
}
