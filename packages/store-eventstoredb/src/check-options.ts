import { z } from 'zod';
import { DEADLINES, LIMITS, type Deadlines, type EventStoreDbOptions, type Limits } from './options.js';

/** A longer `setTimeout` fires at once. */
const WAIT_MS_MAX = 2 ** 31 - 1;
const COUNT_MAX = 1_000_000;
/** What a message may weigh with its frame; more would fail on the way, every time. */
const APPEND_BYTES_MAX = 16 * 1024 * 1024;

const waits = z.record(z.string(), z.number().positive().max(WAIT_MS_MAX));
const counts = z.record(z.string(), z.int().positive().max(COUNT_MAX));
const bytes = z.int().positive().max(APPEND_BYTES_MAX);

/** The deadlines and limits with their defaults. Throws a RangeError that names the one at fault. */
export const checkedOptions = (
  { deadlines, limits }: Pick<EventStoreDbOptions, 'deadlines' | 'limits'>,
  fromConnectionString: Partial<Deadlines>,
): { readonly deadlines: Deadlines; readonly limits: Limits } => {
  const all = { ...DEADLINES, ...fromConnectionString, ...deadlines };
  const most = { ...LIMITS, ...limits };
  const { appendBytesMax, ...rest } = most;
  for (const [what, result] of [
    ['deadlines', waits.safeParse(all)],
    ['limits', counts.safeParse(rest)],
    ['limits.appendBytesMax', bytes.safeParse(appendBytesMax)],
  ] as const) {
    const issue = result.error?.issues[0];
    if (issue !== undefined) throw new RangeError(`${[what, ...issue.path].join('.')}: ${issue.message}`);
  }
  return { deadlines: all, limits: most };
};
