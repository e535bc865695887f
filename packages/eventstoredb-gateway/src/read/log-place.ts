import type { Position } from '@lapse/store';
import type { Core } from '../core.js';
import { handlerThrew } from '../failure.js';

/** Where a client wants to start in the whole log: its two numbers, checked for what can be checked without the log. */
export type LogPlace = 'start' | 'end' | { readonly commit: number };

const INT64_MAX = 2n ** 63n - 1n;
const UINT64_MAX = 2n ** 64n - 1n;

/** Throws a failure (code 2) for numbers that are no position. Numbers beyond every log are fine: they are the end. */
export const logPlace = (commitText: string, prepareText: string): LogPlace => {
  const commit = BigInt(commitText);
  const prepare = BigInt(prepareText);
  if (commit === UINT64_MAX && prepare === UINT64_MAX) return 'end';
  if (commit > INT64_MAX || prepare > commit) throw handlerThrew(`${commitText}/${prepareText} is no position.`);
  if (commit === 0n) return 'start';
  return { commit: commit > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(commit) };
};

export const positionAt = ({ positionFromNumber }: Core, number: number): Position | 'start' =>
  number <= 0 ? 'start' : positionFromNumber(number);

export const headNumber = async ({ store, positionToNumber }: Core): Promise<number> => {
  const head = await store.headPosition();
  return head === 'start' ? 0 : positionToNumber(head);
};

/**
 * Throws a failure (code 2) for a number between two events, as a node does for a position on no record's boundary.
 * Numbers beyond the head are left to the caller, who also says where the head was.
 */
export const checkBoundary = async (core: Core, commit: number, head: number): Promise<void> => {
  if (commit > head) return;
  const page = await core.store.readAll({ after: positionAt(core, commit - 1), maxCount: 1 });
  if (page.size > 0 && core.positionToNumber(page.position(0)) === commit) return;
  throw handlerThrew(`No event stands at position ${commit}.`);
};
