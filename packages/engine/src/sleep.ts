import type { SetTimer } from '@lapse/projections';

/** Waits on a handed-in timer, or until the signal aborts. */
export const sleepOn =
  (setTimer: SetTimer) =>
  (ms: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      if (signal?.aborted === true) {
        resolve();
        return;
      }
      const done = (): void => {
        cancel();
        signal?.removeEventListener('abort', done);
        resolve();
      };
      const cancel = setTimer(ms, done);
      signal?.addEventListener('abort', done, { once: true });
    });
