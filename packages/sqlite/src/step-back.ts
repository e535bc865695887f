import { getPriority, setPriority } from 'node:os';

const NICE = 10;

/**
 * Lets the other threads of this process, and other programs, go first: for a thread that works ahead of one that somebody waits
 * for. On Linux alone, where a priority belongs to a thread; elsewhere it would be the whole process's.
 */
export const stepBack = (): void => {
  if (process.platform !== 'linux') return;
  try {
    if (getPriority() < NICE) setPriority(NICE);
  } catch {
    // Where that is not allowed it works on as one among equals.
  }
};
