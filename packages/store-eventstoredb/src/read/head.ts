import type { Position } from '@lapse/store';
import type { Names } from '../names.js';
import type { WireEvent } from '../wire/read-messages.js';
import type { AllRequest } from './requests.js';

/** Backwards over events that nobody is shown in steps of so many. */
const STEP = 8;
const STEPS_MAX = 1000;

export interface Head {
  readonly position: Position | 'start';
  /** False where it is only known that nothing newer than this is shown: the log's end, behind many events of others. */
  readonly isExact: boolean;
}

/** A read of some events; `gave-up` where the server was still looking for one after as long as one was willing to wait. */
export type HeadRead = (request: AllRequest, mayGiveUp: boolean) => Promise<readonly WireEvent[] | 'gave-up'>;

/**
 * The newest event that a reader is shown. Mostly it is the log's last; else the server looks for it, which in a log that is
 * shared with others can take longer than it is worth.
 */
export const findHead = async (read: HeadRead, names: Names): Promise<Head> => {
  const last = (await read({ from: 'end', direction: 'backwards', count: 1 }, false))[0];
  if (last === undefined || typeof last === 'string') return { position: 'start', isExact: true };
  if (names.isVisible(last)) return { position: last.position, isExact: true };
  let from = last.position;
  for (let step = 0; step < STEPS_MAX; step += 1) {
    const request = { from, direction: 'backwards', streamPrefix: names.prefix, count: STEP } as const;
    const events = await read(request, true);
    if (events === 'gave-up') return { position: last.position, isExact: false };
    const newest = events.find((event) => names.isVisible(event));
    if (newest !== undefined) return { position: newest.position, isExact: true };
    const oldest = events.at(-1);
    if (oldest === undefined) break;
    from = oldest.position;
  }
  return { position: 'start', isExact: true };
};
