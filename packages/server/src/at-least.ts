import type { Position } from '@lapse/store';
import { ProblemError } from './http/problem-error.js';
import type { Views } from './ports.js';

/** Waits until the read side has seen `atLeast`, at most `waitMsMax`. Throws `position-not-reached` or `bad-position`. */
export const awaitPosition = async (
  views: Pick<Views, 'waitFor'>,
  atLeast: string | undefined,
  waitMsMax: number,
): Promise<void> => {
  if (atLeast === undefined) return;
  const isReached = await views.waitFor(atLeast as Position, AbortSignal.timeout(waitMsMax));
  if (!isReached) {
    throw new ProblemError('position-not-reached', `The read side has not reached ${atLeast} within ${waitMsMax} ms.`);
  }
};
