import { shown, StoreError, type Position } from '@lapse/store';

const DECIMAL = /^[1-9][0-9]{0,15}$/;

export const positionOf = (number: number): Position => String(number) as Position;

export const positionOrStart = (number: number): Position | 'start' => (number === 0 ? 'start' : positionOf(number));

/** The number behind a position, 0 for `start`. Throws `bad-position`. */
export const numberOf = (position: Position | 'start'): number => {
  if (position === 'start') return 0;
  const number = DECIMAL.test(position) ? Number(position) : Number.NaN;
  if (Number.isSafeInteger(number)) return number;
  throw new StoreError('bad-position', `${shown(position)} is no position of a SQLite store`);
};
