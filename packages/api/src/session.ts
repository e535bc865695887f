import { z } from 'zod';
import { closeReasons } from '@lapse/domain';
import { schemaNames } from './schema-names.js';
import { actorId, instant, limits, openedBy, revision, rule, sessionId, strictActor } from './values.js';

/** What a timeout rests on: enough to check it against the session's events alone. */
export const proof = z
  .strictObject({
    rule,
    limitMinutes: z.int().min(1),
    configVersion: z.int().min(0),
    anchor: z.strictObject({ revision, type: z.string(), occurredAt: instant }),
    deadline: instant,
  })
  .register(schemaNames, { id: 'Proof' });
export type ProofAnswer = z.infer<typeof proof>;

const reason = z.enum(closeReasons);

/** How a session ended. For a timeout `at` is the deadline. */
export const close = z
  .strictObject({
    reason,
    at: instant,
    revision,
    closedBy: strictActor.nullable(),
    sourceReason: z.string().nullable(),
    proof: proof.nullable(),
  })
  .register(schemaNames, { id: 'Close' });
export type CloseAnswer = z.infer<typeof close>;

/** One sentence, from the log alone. */
const why = z.string();

/** D20: the close that will be written. `provisional`: an event that happened in time may still come and undo it. */
export const comingClose = z.strictObject({
  reason,
  at: instant,
  provisional: z.boolean(),
  proof: proof.nullable(),
  why,
});

export const sessionAnswer = z
  .strictObject({
    sessionId,
    merchantId: actorId,
    /** `lapsed`: the deadline has passed and the close is not recorded yet (D20). */
    state: z.enum(['open', 'lapsed', 'closed']),
    /** The instant that `state` and `remainingMs` speak of. */
    asOf: instant,
    /** What runs; null once the session is closed. */
    rule: rule.nullable(),
    /** The last instant at which an event is in time (D1); null where nothing can run out. */
    deadline: instant.nullable(),
    remainingMs: z.int().min(0).nullable(),
    /** The limits it was opened under; null where nobody can say which they are (a foreign opening, a parked merchant). */
    config: limits.extend({ merchantRevision: revision.nullable() }).nullable(),
    opened: z.strictObject({
      at: instant,
      openedBy,
      buyerId: actorId.nullable(),
      agentId: actorId.nullable(),
      externalId: z.string().nullable(),
    }),
    previousSessionId: sessionId.nullable(),
    /** Waiting in the queue, whatever rule runs. */
    queue: z.strictObject({ since: instant, queueId: z.string().nullable() }).nullable(),
    firstReplyAt: instant.nullable(),
    counts: z.strictObject({
      buyerMessages: z.int().min(0),
      agentMessages: z.int().min(0),
      automatedMessages: z.int().min(0),
      /** Recorded, shown, without any effect. */
      lateEvents: z.int().min(0),
      unknownEvents: z.int().min(0),
      repeatedIds: z.int().min(0),
      ignoredEvents: z.int().min(0),
    }),
    close: close.extend({ why }).nullable(),
    comingClose: comingClose.nullable(),
    revision,
  })
  .register(schemaNames, { id: 'Session' });
export type SessionAnswer = z.infer<typeof sessionAnswer>;
