/** The world as a verb sees it. Only `main` makes one of the real world; tests make their own. */
export interface Io {
  /** Results. */
  readonly out: (text: string) => void;
  /** Progress, logs, complaints. */
  readonly err: (text: string) => void;
  /** The terminal that `err` writes to, if it is one: then a progress line may be overwritten. */
  readonly isTerminal: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly nowMs: () => number;
  readonly random: () => number;
  /** Aborted by the first Ctrl-C or SIGTERM: stop at the next safe place. */
  readonly signal: AbortSignal;
}

/** Waits, or returns early when the signal aborts. */
export const sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal?.aborted === true) {
      resolve();
      return;
    }
    const done = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, Math.min(ms, MS_PER_TIMER_MAX));
    signal?.addEventListener('abort', done, { once: true });
  });

/** Node fires a longer timer at once. */
const MS_PER_TIMER_MAX = 2_147_483_647;

export const setTimer = (delayMs: number, run: () => void): (() => void) => {
  const timer = setTimeout(run, Math.min(Math.max(delayMs, 0), MS_PER_TIMER_MAX));
  return () => clearTimeout(timer);
};
