import { z } from 'zod';
import { instantMs } from '@lapse/domain';
import { CURSOR_CHARS_MAX } from './bounds.js';
import { actorId, instant, pageLimit, position } from './values.js';

const count = z.int().min(0);
const countsByReason = z.record(z.string(), count);

/** Percentiles in whole milliseconds, within 1 %; null where nothing was measured. */
const measured = z.strictObject({
  count,
  p50Ms: count.nullable(),
  p90Ms: count.nullable(),
  p99Ms: count.nullable(),
});
export type MeasuredAnswer = z.infer<typeof measured>;

const page = {
  atLeast: position.optional(),
  /** The `next` of the page before. */
  after: z.string().min(1).max(CURSOR_CHARS_MAX).optional(),
  limit: pageLimit,
};
/** null at the end. */
const next = z.string().nullable();

export const activityQuery = z.strictObject({
  /** Left out: all merchants together. */
  merchantId: actorId.optional(),
  /** The hour in which it lies and those behind it. */
  from: instantMs.optional(),
  /** Hours that begin before it. */
  to: instantMs.optional(),
  ...page,
});

/** Newest first; hours (UTC) in which nothing happened are left out. */
export const activityAnswer = z.strictObject({
  merchantId: actorId.nullable(),
  hours: z.array(
    z.strictObject({
      startsAt: instant,
      opened: count,
      closedByReason: countsByReason,
      messages: z.strictObject({ buyer: count, agent: count, automated: count }),
      /** From the opening to a human agent's first message, in the hour of that message. */
      firstReply: measured,
      /** In the queue, in the hour in which it ended: by an agent's message or by the close. */
      wait: measured,
      /** From a deadline to when an engine noticed, its grace included, in the hour of the deadline. */
      noticedAfter: measured,
    }),
  ),
  next,
});
export type ActivityAnswer = z.infer<typeof activityAnswer>;

/** How many sessions of a merchant there are, by what they are. */
const merchantCounts = {
  /** As its own stream announces it; 0 before its first. */
  currentVersion: count,
  opened: count,
  /** How far old versions are drained, by version. One that no open session is pinned to any more is not among them. */
  open: z.array(z.strictObject({ version: count, sessions: count.min(1) })),
  /** Opened by another service that left the limits out: they get them in a moment. */
  unpinned: count,
  closedByReason: countsByReason,
  parkedSessions: count,
};

export const merchantQuery = z.strictObject({ atLeast: position.optional() });
export const merchantAnswer = z.strictObject({ merchantId: actorId, ...merchantCounts });
export type MerchantAnswer = z.infer<typeof merchantAnswer>;

export const merchantsQuery = z.strictObject(page);
/** By id. */
export const merchantsAnswer = z.strictObject({ merchants: z.array(merchantAnswer), next });
