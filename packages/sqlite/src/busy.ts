import type { Worker } from 'node:worker_threads';

const IDLE = 0;
const BUSY = 1;
const STOPPED = 2;
const STOP_WAIT_MS = 2_000;

/**
 * Whether the thread is inside SQLite. One of the bindings takes the whole process down when its thread is ended there, which a
 * `process.exit` anywhere does to every thread: so that it waits for the end of what is under way.
 */
export class Busy {
  constructor(readonly state: Int32Array = new Int32Array(new SharedArrayBuffer(4))) {}

  /** In the thread, around everything that asks SQLite. Undefined: the thread is to end, nothing was done. */
  during<T>(work: () => T): T | undefined {
    if (Atomics.compareExchange(this.state, 0, IDLE, BUSY) !== IDLE) return undefined;
    try {
      return work();
    } finally {
      Atomics.store(this.state, 0, IDLE);
      Atomics.notify(this.state, 0);
    }
  }

  /** In the main thread: from here on the thread does nothing more. Blocks until it has left SQLite. */
  stop(): void {
    while (Atomics.compareExchange(this.state, 0, IDLE, STOPPED) === BUSY) {
      if (Atomics.wait(this.state, 0, BUSY, STOP_WAIT_MS) === 'timed-out') return;
    }
  }
}

/** Starts a thread with a {@link Busy} of its own, so that an exit of the process waits until it has left SQLite. */
export const startGuarded = (start: (busy: Int32Array) => Worker): Worker => {
  const busy = new Busy();
  const worker = start(busy.state);
  const stop = (): void => busy.stop();
  process.on('exit', stop);
  worker.on('exit', () => process.off('exit', stop));
  return worker;
};
