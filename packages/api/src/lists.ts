import { z } from 'zod';
import { closeReasons } from '@lapse/domain';
import { CURSOR_CHARS_MAX } from './bounds.js';
import { actorId, instant, pageLimit, position, rule, sessionId } from './values.js';

/** Lists come from the read side, which follows the log: `atLeast` waits until it has seen a position. */
const page = {
  atLeast: position.optional(),
  /** The `next` of the page before. */
  after: z.string().min(1).max(CURSOR_CHARS_MAX).optional(),
  limit: pageLimit,
};
const next = z.string().nullable();

export const queueQuery = z.strictObject({ merchantId: actorId.optional(), ...page });

/** Who waits, whatever rule runs; those who wait longest come first. */
export const queueAnswer = z.strictObject({
  waiting: z.array(
    z.strictObject({
      sessionId,
      merchantId: actorId,
      queueId: z.string().nullable(),
      since: instant,
      rule: rule.nullable(),
      deadline: instant.nullable(),
    }),
  ),
  next,
});
export type QueueAnswer = z.infer<typeof queueAnswer>;

export const sessionsQuery = z.strictObject({
  merchantId: actorId.optional(),
  /** `open` holds those that have lapsed without a recorded close. */
  state: z.enum(['open', 'closed']).optional(),
  ...page,
});

/** The newest come first. */
export const sessionsAnswer = z.strictObject({
  sessions: z.array(
    z.strictObject({
      sessionId,
      merchantId: actorId,
      state: z.enum(['open', 'lapsed', 'closed']),
      openedAt: instant,
      rule: rule.nullable(),
      deadline: instant.nullable(),
      closedAt: instant.nullable(),
      closeReason: z.enum(closeReasons).nullable(),
    }),
  ),
  next,
});
export type SessionsAnswer = z.infer<typeof sessionsAnswer>;

export const projectionsQuery = z.strictObject({ atLeast: position.optional() });

export const projectionsAnswer = z.strictObject({
  projections: z.array(
    z.strictObject({
      name: z.string(),
      version: z.int(),
      state: z.enum(['catching-up', 'live', 'stalled', 'parked', 'stopped']),
      /** How far it has looked; null before its first page. */
      position: position.nullable(),
      lagEvents: z.int().min(0).nullable(),
      lagSeconds: z.number().min(0).nullable(),
      detail: z.string().nullable(),
    }),
  ),
});
export type ProjectionsAnswer = z.infer<typeof projectionsAnswer>;
