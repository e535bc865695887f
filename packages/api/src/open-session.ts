import { z } from 'zod';
import { externalId, instantMs } from '@lapse/domain';
import { actorId, eventId, instant, limits, openedBy, position, revision, rule, sessionId, uuid } from './values.js';

export const openSessionRequest = z.strictObject({
  sessionId: sessionId.optional(),
  eventId: eventId.optional(),
  merchantId: actorId,
  openedBy,
  buyerId: actorId.optional(),
  agentId: actorId.optional(),
  externalId: externalId.optional(),
  occurredAt: instantMs.optional(),
});
export type OpenSessionRequest = z.infer<typeof openSessionRequest>;

/** 201 for `opened`; 200 for `repeated`: the session stood there already, opened with the same words (D18). */
export const openSessionAnswer = z.strictObject({
  outcome: z.enum(['opened', 'repeated']),
  sessionId,
  eventId: uuid,
  openedAt: instant,
  /** The session's last revision after its opening. */
  revision,
  position: position.nullable(),
  /** The limits that the session keeps until it closes, whatever its merchant changes. */
  config: limits,
  rule,
  /** As of the opening; null where its limits have no such rule. */
  deadline: instant.nullable(),
});
export type OpenSessionAnswer = z.infer<typeof openSessionAnswer>;
