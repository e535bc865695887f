import { z } from 'zod';
import { schemaNames } from './schema-names.js';
import { instant, pageLimit, position, revision, sessionId, uuid, wholeNumberText } from './values.js';

export const sessionEventsQuery = z.strictObject({
  /** Inclusive. */
  fromRevision: wholeNumberText(0, Number.MAX_SAFE_INTEGER).default(0),
  limit: pageLimit,
});

/** Why an event is there, never what it says. Only what Lapse writes itself is shown. */
const metadata = z.strictObject({
  schemaVersion: z.int().min(0).nullable(),
  correlationId: z.string().nullable(),
  causationId: z.string().nullable(),
  /** D8: the time that a sender whose clock is ahead has claimed. */
  claimedOccurredAt: z.string().nullable(),
  /** On a timeout: when the engine noticed. */
  noticedAt: z.string().nullable(),
});

export const sessionEvent = z
  .strictObject({
    id: uuid,
    revision,
    type: z.string(),
    /** null where Lapse does not know the type or cannot read the event; `data` likewise. */
    occurredAt: instant.nullable(),
    data: z.record(z.string(), z.unknown()).nullable(),
    metadata,
    position,
    storedAt: instant,
  })
  .register(schemaNames, { id: 'SessionEvent' });
export type SessionEventAnswer = z.infer<typeof sessionEvent>;

export const sessionEventsAnswer = z.strictObject({
  sessionId,
  events: z.array(sessionEvent),
  /** The `fromRevision` of the next page; null at the end. */
  nextRevision: revision.nullable(),
});
export type SessionEventsAnswer = z.infer<typeof sessionEventsAnswer>;
