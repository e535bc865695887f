import { Worker } from 'node:worker_threads';
import { startGuarded } from '@lapse/sqlite';
import type { Columns } from '../columns.js';
import {
  PAGES_ASKED_FOR,
  type AheadFile,
  type FromThread,
  type Stretch,
  type ThreadData,
  type ToThread,
} from './messages.js';

/** Starts the thread; a test hands in one that runs the sources. */
export type StartThread = (data: ThreadData) => Worker;

const startThread: StartThread = (workerData) => new Worker(new URL('./thread.js', import.meta.url), { workerData });

/** A caller who reads shorter pages is not in a hurry. */
const PAGE_EVENTS_MIN = 1_000;

/**
 * Lets a second thread, with a connection of its own, read the next pages while the caller deals with this one. The thread is
 * started for the second of two full pages that follow one another. It only ever saves time: where it cannot be started, fails
 * or is asked for another place, the caller reads by itself, and is told by that what is wrong.
 */
export class ReadAhead {
  private worker: Worker | undefined;
  private ended: Promise<void> | undefined;
  private hasFailed = false;
  private run = 0;
  /** What the page that is asked for next must be, for the thread to have it. */
  private expected: Stretch | undefined;
  private isReading = false;
  private readonly pages: Columns[] = [];
  /** Since the thread was last asked for more. */
  private taken = 0;
  private wake: (() => void) | undefined;

  constructor(
    private readonly file: AheadFile,
    private readonly start: StartThread = startThread,
  ) {}

  /** What has been read ahead; undefined: the caller reads it, and says so by {@link hasRead}. */
  async take(stretch: Stretch): Promise<Columns | undefined> {
    const { run } = this;
    if (!this.isReading || !isSame(stretch, this.expected)) return undefined;
    if (this.pages.length === 0) await this.nextPage();
    if (run !== this.run || !this.isReading || !isSame(stretch, this.expected)) return undefined;
    const columns = this.pages.shift();
    if (columns === undefined) return undefined;
    this.taken++;
    if (this.taken === PAGES_ASKED_FOR) this.askForMore();
    this.moveOn(stretch, columns);
    return columns;
  }

  /** The caller has read a page itself: where it is the second one in a row, the thread reads on behind it. */
  hasRead(stretch: Stretch, columns: Columns): void {
    if (this.hasFailed || this.ended !== undefined || stretch.maxCount < PAGE_EVENTS_MIN) return;
    const isInARow = isSame(stretch, this.expected);
    this.moveOn(stretch, columns);
    this.isReading = false;
    if (!isInARow || this.expected === undefined) return;
    this.worker ??= this.startWorker();
    this.run++;
    this.pages.length = 0;
    this.taken = 0;
    this.isReading = this.worker !== undefined;
    this.tell({ kind: 'read-on', run: this.run, stretch: this.expected });
  }

  /** The thread has ended when it resolves. */
  close(): Promise<void> {
    this.ended ??= this.closeOnce();
    return this.ended;
  }

  private moveOn(stretch: Stretch, { positions }: Columns): void {
    const isFull = positions.length === stretch.maxCount;
    this.expected = isFull ? { ...stretch, after: positions.at(-1)! } : undefined;
    if (this.expected === undefined) this.isReading = false;
  }

  private nextPage(): Promise<void> {
    this.worker?.ref();
    return new Promise((resolve) => {
      const before = this.wake;
      this.wake = () => {
        before?.();
        resolve();
      };
    });
  }

  private startWorker(): Worker | undefined {
    try {
      const worker = startGuarded((busy) => this.start({ ...this.file, busy }));
      worker.unref();
      worker.on('message', ({ run, columns }: FromThread) => {
        if (run !== this.run) return;
        if (columns === undefined) this.isReading = false;
        else this.pages.push(columns);
        this.wakeAll();
      });
      worker.on('error', () => this.giveUp());
      worker.on('exit', () => this.giveUp());
      return worker;
    } catch {
      this.giveUp();
      return undefined;
    }
  }

  private giveUp(): void {
    this.hasFailed = true;
    this.isReading = false;
    this.worker = undefined;
    this.wakeAll();
  }

  private wakeAll(): void {
    // While its end is waited for, a page that comes late must not let the process end before.
    if (this.ended === undefined) this.worker?.unref();
    const { wake } = this;
    this.wake = undefined;
    wake?.();
  }

  private askForMore(): void {
    this.tell({ kind: 'taken', pages: this.taken });
    this.taken = 0;
  }

  private tell(message: ToThread): void {
    this.worker?.postMessage(message);
  }

  private async closeOnce(): Promise<void> {
    const { worker } = this;
    this.isReading = false;
    if (worker === undefined) return;
    const exit = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
    worker.ref();
    this.tell({ kind: 'close' });
    await exit;
  }
}

const isSame = (a: Stretch, b: Stretch | undefined): boolean =>
  b !== undefined &&
  a.after === b.after &&
  a.maxCount === b.maxCount &&
  String(a.textOfKinds) === String(b.textOfKinds);
