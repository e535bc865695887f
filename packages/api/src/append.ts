import { z } from 'zod';
import { agentMessageData, buyerMessageData, commandReasons, instantMs, queuedData } from '@lapse/domain';
import { BATCH_EVENTS_MAX } from './bounds.js';
import { schemaNames } from './schema-names.js';
import { eventId, instant, position, revision, sessionId, strictActor, uuid } from './values.js';
import { close } from './session.js';

/** A sender's own close. Timeouts are Lapse's: nobody else sends their reasons or a proof. */
export const closeToSend = z.strictObject({ reason: z.enum(commandReasons), closedBy: strictActor.optional() });

const timed = { id: eventId.optional(), occurredAt: instantMs.optional() };
const command = {
  expectedRevision: revision.optional(),
  /** D10. Left out: `refuse`. */
  onClosed: z.enum(['refuse', 'open-new']).optional(),
};

const buyerMessage = { type: z.literal('message-from-buyer'), ...timed, data: buyerMessageData.strict().default({}) };
const agentMessage = {
  type: z.literal('message-from-agent'),
  ...timed,
  data: agentMessageData.strict().default({ automated: false }),
};
const queued = { type: z.literal('queued'), ...timed, data: queuedData.strict().default({}) };
const closed = { type: z.literal('closed'), ...timed, data: closeToSend };

/** An event as a sender words it: like the stored one, with its own id and time where the sender has them. */
export const eventToSend = z
  .discriminatedUnion('type', [
    z.strictObject(buyerMessage),
    z.strictObject(agentMessage),
    z.strictObject(queued),
    z.strictObject(closed),
  ])
  .register(schemaNames, { id: 'EventToSend' });
export type EventToSendRequest = z.infer<typeof eventToSend>;

export const appendOneRequest = z
  .discriminatedUnion('type', [
    z.strictObject({ ...buyerMessage, ...command }),
    z.strictObject({ ...agentMessage, ...command }),
    z.strictObject({ ...queued, ...command }),
    z.strictObject({ ...closed, ...command }),
  ])
  .register(schemaNames, { id: 'AppendOne' });
export type AppendOneRequest = z.infer<typeof appendOneRequest>;

/** All of them are written or none. */
export const appendBatchRequest = z.strictObject({
  events: z.array(eventToSend).min(1).max(BATCH_EVENTS_MAX),
  ...command,
});
export type AppendBatchRequest = z.infer<typeof appendBatchRequest>;

export const appendRequest = z.union([appendOneRequest, appendBatchRequest]);
export type AppendRequest = z.infer<typeof appendRequest>;

/** Which of the two a body means to be: complaints about the other one would only confuse. */
export const appendRequestFor = (body: unknown): typeof appendOneRequest | typeof appendBatchRequest =>
  typeof body === 'object' && body !== null && Object.hasOwn(body, 'events') ? appendBatchRequest : appendOneRequest;

/** 201 for `written`; 200 for `repeated`: known ids, nothing was written now (D18). */
export const appendedAnswer = z.strictObject({
  outcome: z.enum(['written', 'repeated']),
  /** Where the events are: the addressed session, or a successor of it (D10). */
  sessionId,
  previousSessionId: sessionId.nullable(),
  openedSuccessor: z.boolean(),
  revision,
  position: position.nullable(),
  /** In the order in which they were sent, with the times that were written (D8). */
  events: z.array(z.strictObject({ id: uuid, type: z.string(), revision, occurredAt: instant })),
});

/** 200, D19: closing a closed session is a success without an event. */
export const alreadyClosedAnswer = z.strictObject({
  outcome: z.literal('already-closed'),
  sessionId,
  revision,
  close,
});

export const repeatedAnswer = z.discriminatedUnion('outcome', [appendedAnswer, alreadyClosedAnswer]);
export type AppendAnswer = z.infer<typeof repeatedAnswer>;
