import { setMaxListeners } from 'node:events';

/** Waits `ms`, or until the signal aborts (it may reject then). */
export type Sleep = (ms: number, signal: AbortSignal) => Promise<void>;

/** Clock, chance and waiting, handed in from outside. */
export interface Ambient {
  readonly nowMs: () => number;
  /** From 0 up to 1. */
  readonly random: () => number;
  readonly sleep: Sleep;
}

/** Waits, and does not mind being woken early. */
export const pause = async (sleep: Sleep, ms: number, signal: AbortSignal): Promise<void> => {
  try {
    await sleep(ms, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
};

/** What `work` gives, or `late` after `ms`; the wait never outlives the work. */
export const within = async <T, L>(sleep: Sleep, ms: number, work: Promise<T>, late: L): Promise<T | L> => {
  const stop = new AbortController();
  try {
    return await Promise.race([work, pause(sleep, ms, stop.signal).then(() => late)]);
  } finally {
    stop.abort();
  }
};

/** A signal that every call under way listens to: Node would take more than ten for a leak. */
export const manyListeners = (controller: AbortController): AbortController => {
  setMaxListeners(0, controller.signal);
  return controller;
};
