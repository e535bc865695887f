import { StoreError } from '../errors.js';
import type { Position } from '../port.js';
import { shown } from '../validate.js';

const DECIMAL = /^[1-9][0-9]{0,15}$/;

/** The number behind a position, 0 for `start`. Throws `bad-position`. */
export const numberOf = (position: Position | 'start'): number => {
  if (position === 'start') return 0;
  const number = DECIMAL.test(position) ? Number(position) : Number.NaN;
  if (Number.isSafeInteger(number)) return number;
  throw new StoreError('bad-position', `${shown(position)} is no position of a memory store`);
};
