import { z } from 'zod';
import { closeReasons, externalId, queueId } from '@lapse/domain';
import { CURSOR_CHARS_MAX } from './bounds.js';
import { actorId, instant, pageLimit, position, revision, rule, sessionId } from './values.js';

/** Lists come from the read side, which follows the log: `atLeast` waits until it has seen a position. */
const page = {
  atLeast: position.optional(),
  /** The `next` of the page before. */
  after: z.string().min(1).max(CURSOR_CHARS_MAX).optional(),
  limit: pageLimit,
};
/** null at the end. A page may hold fewer than `limit`, or none, and still have a next. */
const next = z.string().nullable();

/** Where the stream cannot be read any further, and why: then rule and deadline are null because nobody knows them. */
const parked = z.strictObject({ revision, why: z.string() }).nullable();

export const queueQuery = z.strictObject({
  merchantId: actorId.optional(),
  queueId: queueId.optional(),
  ...page,
});

/** Who waits, whatever rule runs; those who wait longest come first. Who has lapsed no longer waits. */
export const queueAnswer = z.strictObject({
  waiting: z.array(
    z.strictObject({
      sessionId,
      merchantId: actorId.nullable(),
      queueId: z.string().nullable(),
      since: instant,
      rule: rule.nullable(),
      deadline: instant.nullable(),
      parked,
    }),
  ),
  next,
});
export type QueueAnswer = z.infer<typeof queueAnswer>;

/** `lapsed`: its close is not recorded yet (D20). `parked`: its stream cannot be read to its end. */
export const listedState = z.enum(['open', 'lapsed', 'closed', 'parked']);
export const closeReason = z.enum(closeReasons);

export const sessionsQuery = z.strictObject({
  merchantId: actorId.optional(),
  state: listedState.optional(),
  closeReason: closeReason.optional(),
  buyerId: actorId.optional(),
  externalId: externalId.optional(),
  ...page,
});

/** The newest come first. What comes from an opening is null where there is none (a parked stream). */
export const sessionsAnswer = z.strictObject({
  sessions: z.array(
    z.strictObject({
      sessionId,
      merchantId: actorId.nullable(),
      buyerId: actorId.nullable(),
      externalId: z.string().nullable(),
      state: listedState,
      openedAt: instant.nullable(),
      rule: rule.nullable(),
      deadline: instant.nullable(),
      waitingSince: instant.nullable(),
      closedAt: instant.nullable(),
      closeReason: closeReason.nullable(),
      parked,
    }),
  ),
  next,
});
export type SessionsAnswer = z.infer<typeof sessionsAnswer>;

/** New rows that are being built beside the live ones. */
const rebuildState = z.strictObject({
  /** The read models that will be swapped. */
  names: z.array(z.string()),
  /** By an operator, or because a read model's version has changed. */
  why: z.enum(['asked', 'upgrade']),
  /** `ready`: about to be swapped. `interrupted`: nobody works on it; the next run goes on from here. */
  state: z.enum(['building', 'ready', 'interrupted']),
  position: position.nullable(),
  target: position.nullable(),
  percent: z.number().min(0).max(100).nullable(),
  events: z.int().min(0),
  eventsPerSecond: z.number().min(0).nullable(),
  etaSeconds: z.number().min(0).nullable(),
  parkedStreams: z.int().min(0),
  startedAt: instant,
  updatedAt: instant,
  error: z.string().nullable(),
});
export type RebuildState = z.infer<typeof rebuildState>;

export const projectionsQuery = z.strictObject({ atLeast: position.optional() });

export const projectionsAnswer = z.strictObject({
  projections: z.array(
    z.strictObject({
      name: z.string(),
      version: z.int().min(0),
      state: z.enum(['catching-up', 'live', 'stalled', 'parked']),
      /** How far it has looked; null before its first event. */
      position: position.nullable(),
      /** The newest event when the log was last asked. */
      head: position.nullable(),
      lagEvents: z.int().min(0).nullable(),
      lagSeconds: z.number().min(0).nullable(),
      parkedStreams: z.int().min(0),
      lastError: z.string().nullable(),
      rebuild: rebuildState.nullable(),
    }),
  ),
});
export type ProjectionsAnswer = z.infer<typeof projectionsAnswer>;
