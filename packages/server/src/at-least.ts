import type { Position } from '@lapse/store';
import type { Views } from './ports.js';

/** Waits until the read side has seen `atLeast`, at most `waitMsMax`. Throws what becomes `position-not-reached` or `bad-position`. */
export const awaitPosition = async (
  views: Pick<Views, 'waitFor'>,
  atLeast: string | undefined,
  waitMsMax: number,
): Promise<void> => {
  if (atLeast !== undefined) await views.waitFor(atLeast as Position, waitMsMax);
};
