import { StoreError, type Position } from '@lapse/store';

/** 2^64 - 1: what servers before 22.6 send where they know no position. */
const UNKNOWN = '18446744073709551615';
const SHOWN_CHARS_MAX = 60;
const POSITION = /^(0|[1-9][0-9]{0,19})\/(0|[1-9][0-9]{0,19})$/;

export interface LogPosition {
  readonly commit: string;
  readonly prepare: string;
}

/**
 * The text form: commit and prepare position in decimal with a slash between. Both numbers, because some servers lose an
 * event to a resume from the commit position alone. Empty where the server did not tell.
 */
export const positionText = (commit: number | bigint | string, prepare: number | bigint | string): Position => {
  const text = `${commit}/${prepare}`;
  return (text === `${UNKNOWN}/${UNKNOWN}` ? '' : text) as Position;
};

/** Throws `bad-position`. */
export const parsePosition = (position: Position): LogPosition => {
  const match = typeof position === 'string' ? POSITION.exec(position) : null;
  const commit = match?.[1];
  const prepare = match?.[2];
  if (commit === undefined || prepare === undefined || isBeyond(commit) || isBeyond(prepare)) {
    const shown = JSON.stringify(String(position).slice(0, SHOWN_CHARS_MAX));
    throw new StoreError('bad-position', `${shown} is no position of an EventStoreDB log (commit/prepare)`);
  }
  return { commit, prepare };
};

const isBeyond = (decimal: string): boolean => compareDecimals(decimal, UNKNOWN) > 0;

/** Decimals without leading zeros: the longer one is larger, equally long ones compare as text. */
const compareDecimals = (a: string, b: string): number => {
  if (a.length !== b.length) return a.length - b.length;
  return a === b ? 0 : a < b ? -1 : 1;
};

/** Throws `bad-position` for anything but `start` and {@link positionText}. */
export const comparePositions = (a: Position | 'start', b: Position | 'start'): number => {
  const left = a === 'start' ? undefined : parsePosition(a);
  const right = b === 'start' ? undefined : parsePosition(b);
  if (left === undefined || right === undefined) return (left === undefined ? 0 : 1) - (right === undefined ? 0 : 1);
  return compareDecimals(left.commit, right.commit) || compareDecimals(left.prepare, right.prepare);
};

export const laterOf = (a: Position | 'start', b: Position | 'start'): Position | 'start' =>
  comparePositions(a, b) < 0 ? b : a;
