import type { AppendResult, Position } from '@lapse/store';
import type { EncodedAppend } from '../wire/append-messages.js';
import type { WireEvent } from '../wire/read-messages.js';

export type Found =
  /** These very events, in their order, where they were meant to be. */
  | { readonly kind: 'there'; readonly result: AppendResult }
  /** Others stand where they were meant to be: ours can never be written there. */
  | { readonly kind: 'other'; readonly actualRevision: number }
  /** Nothing stands there yet, or nobody could tell. */
  | { readonly kind: 'unknown' };

/** Never rejects: whoever cannot read within the budget does not know. */
export type StandsThere = (append: EncodedAppend, budgetMs: number) => Promise<Found>;

/** For `any` the newest so many events are compared; ours are at the end unless many have written since. */
const NEWEST_COMPARED_MAX = 1000;

/** The events of a stream as the leader has them; empty where the stream is missing. */
export interface StreamOfLeader {
  forwards(stream: string, from: number, maxCount: number): Promise<readonly WireEvent[]>;
  backwards(stream: string, maxCount: number): Promise<readonly WireEvent[]>;
}

/** Compares ids with what the log holds. */
export const compareWithLog =
  (logWithin: (budgetMs: number) => StreamOfLeader): StandsThere =>
  async (append, budgetMs) => {
    const log = logWithin(budgetMs);
    try {
      return append.expected === 'any'
        ? await amongNewest(log, append)
        : await behindRevision(log, append, append.expected);
    } catch {
      return { kind: 'unknown' };
    }
  };

const behindRevision = async (log: StreamOfLeader, append: EncodedAppend, expected: number): Promise<Found> => {
  const { stream, ids } = append;
  const events = await log.forwards(stream, expected + 1, ids.length);
  if (events.length === 0) return { kind: 'unknown' };
  if (areOurs(events, ids)) return { kind: 'there', result: resultOf(events) };
  const newest = await log.backwards(stream, 1);
  return newest[0] === undefined ? { kind: 'unknown' } : { kind: 'other', actualRevision: newest[0].revision };
};

const amongNewest = async (log: StreamOfLeader, { stream, ids }: EncodedAppend): Promise<Found> => {
  const newest = [...(await log.backwards(stream, NEWEST_COMPARED_MAX + ids.length))].reverse();
  for (let i = newest.length - ids.length; i >= 0; i -= 1) {
    const part = newest.slice(i, i + ids.length);
    if (areOurs(part, ids)) return { kind: 'there', result: resultOf(part) };
  }
  return { kind: 'unknown' };
};

const areOurs = (events: readonly WireEvent[], ids: readonly string[]): boolean =>
  events.length === ids.length && events.every(({ id }, i) => id === ids[i]);

const resultOf = (events: readonly WireEvent[]): AppendResult => {
  const last = events.at(-1)!;
  const position = last.position === ('' as Position) ? undefined : last.position;
  return { kind: 'appended', lastRevision: last.revision, position, repeated: true };
};
