import { z } from 'zod';
import { isActorId, isUlid } from '../ids.js';
import { LIMIT_MINUTES_MAX } from '../limits.js';
import { formatInstant, parseInstant } from '../time.js';

/**
 * The data of the six events, in their newest shape. Fields that are not named here are dropped when a stored event is
 * read (another writer may know more than we do); the API refuses them.
 */
export const CURRENT_SCHEMA_VERSION = 1;

export const actorId = z.string().refine(isActorId, 'must be 1 to 64 characters of A-Z a-z 0-9 . _ ~ -');
export const sessionId = z.string().refine(isUlid, 'must be a ULID in upper case (26 characters)');
/** Read as any RFC 3339 instant, kept as epoch milliseconds. */
export const instantMs = z.string().transform((text, context) => {
  const atMs = parseInstant(text);
  if (atMs !== undefined) return atMs;
  context.addIssue({
    code: 'custom',
    message: 'must be an RFC 3339 instant with an offset, for example 2026-03-01T10:00:00.000Z',
  });
  return z.NEVER;
});
const text = (max: number) => z.string().min(1).max(max);
export const externalId = text(256);
export const messageId = text(256);
const revision = z.int().min(0);

/** Who did something, in which role: `merchant-main`, `merchant-agent`, `platform`, `system`, … */
export const actor = z.object({
  role: z.string().regex(/^[a-z][a-z-]{0,31}$/, 'must be a role such as merchant-main'),
  id: actorId,
});
export type Actor = z.infer<typeof actor>;

export const openedBy = z.enum(['buyer', 'agent', 'system']);
export const openedData = z.object({
  merchantId: actorId,
  openedBy,
  buyerId: actorId.optional(),
  agentId: actorId.optional(),
  externalId: externalId.optional(),
  previousSessionId: sessionId.optional(),
});
export type OpenedData = z.infer<typeof openedData>;

export const policies = ['standard', 'legacy', 'none'] as const;
export type PolicyName = (typeof policies)[number];
const limitMinutes = z.int().min(1).max(LIMIT_MINUTES_MAX).nullable();
export const configWhy = z.enum(['rollout', 'change', 'revert', 'import']);
export const configData = z.object({
  merchantId: actorId,
  version: z.int().min(0),
  policy: z.enum(policies),
  agentReplyMinutes: limitMinutes,
  buyerReplyMinutes: limitMinutes,
  queueMinutes: limitMinutes,
  why: configWhy,
  changedBy: actor,
  /** Only in a session's copy: the revision in the merchant's stream that it was taken from. */
  merchantRevision: revision.nullable().optional(),
});
export type ConfigData = z.infer<typeof configData>;

export const buyerMessageData = z.object({
  senderId: actorId.optional(),
  messageId: messageId.optional(),
  length: z.int().min(0).optional(),
});
export const agentMessageData = buyerMessageData.extend({ automated: z.boolean().default(false) });
export const queueId = text(128);
export const queuedData = z.object({ queueId: queueId.optional() });
export type BuyerMessageData = z.infer<typeof buyerMessageData>;
export type AgentMessageData = z.infer<typeof agentMessageData>;
export type QueuedData = z.infer<typeof queuedData>;

export const timeoutRules = ['agent-silent', 'buyer-silent', 'queue-expired'] as const;
export type TimeoutRule = (typeof timeoutRules)[number];
export const commandReasons = ['by-agent', 'by-buyer', 'by-system'] as const;
export const closeReasons = [...timeoutRules, ...commandReasons, 'by-source'] as const;
export type CloseReason = (typeof closeReasons)[number];

/** What a timeout rests on: enough to check it against the stream alone, years later. Instants are text, as in the log. */
export const proof = z.object({
  rule: z.enum(timeoutRules),
  limitMinutes: z.int().min(1),
  configVersion: z.int().min(0),
  anchor: z.object({ revision, type: z.string(), occurredAt: instantMs.transform(formatInstant) }),
  deadline: instantMs.transform(formatInstant),
});
export type Proof = z.infer<typeof proof>;
export const closedData = z.object({
  reason: z.enum(closeReasons),
  closedBy: actor.optional(),
  sourceReason: text(64).optional(),
  proof: proof.optional(),
});
export type ClosedData = z.infer<typeof closedData>;

export const dataSchemas = {
  opened: openedData,
  'config-version': configData,
  'message-from-buyer': buyerMessageData,
  'message-from-agent': agentMessageData,
  queued: queuedData,
  closed: closedData,
} as const;

export type EventType = keyof typeof dataSchemas;
export const eventTypes = Object.keys(dataSchemas) as readonly EventType[];
export const isEventType = (type: string): type is EventType => Object.hasOwn(dataSchemas, type);

type DataOf = { [T in EventType]: z.infer<(typeof dataSchemas)[T]> };
/** One of the six, parsed: its type, its time as the sender gave it, its data. */
export type LapseEvent = {
  [T in EventType]: { readonly type: T; readonly occurredAtMs: number; readonly data: DataOf[T] };
}[EventType];
