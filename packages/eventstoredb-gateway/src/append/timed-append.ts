import type { Core } from '../core.js';
import { timedOut } from '../failure.js';
import { append } from './appender.js';
import type { AppendAnswer } from './answer.js';
import type { Deadlines } from './deadlines.js';
import type { InFlight } from './in-flight.js';
import type { AppendRequest } from './request.js';

export interface AppendTools {
  readonly core: Core;
  readonly inFlight: InFlight;
  readonly deadlines: Deadlines;
}

/**
 * Appends within so many milliseconds. Rejects with `timedOut` when they are over: an append that had not reached the store
 * is then not written, of one that had nobody knows. It counts as in flight until the store has answered, not only its caller.
 */
export const appendWithin = (
  { core, inFlight, deadlines }: AppendTools,
  request: Omit<AppendRequest, 'isWanted'>,
  withinMs: number,
): Promise<AppendAnswer> => {
  inFlight.begin();
  return new Promise((resolve, reject) => {
    const deadline = deadlines.add(withinMs, () => reject(timedOut()));
    append(core, { ...request, isWanted: () => !deadline.isOver })
      .finally(() => {
        deadline.cancel();
        inFlight.end();
      })
      .then(resolve, reject);
  });
};
