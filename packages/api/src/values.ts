import { z } from 'zod';
import { actor, actorId, normaliseEventId, openedBy, policies, sessionId, timeoutRules } from '@lapse/domain';
import { PAGE_LIMIT_DEFAULT, PAGE_LIMIT_MAX, POSITION_CHARS_MAX } from './bounds.js';

/** What several requests and answers have in common. */

/** A ULID or a UUID in any case, taken as the UUID in lower case. */
export const eventId = z.string().transform((text, context) => {
  const id = normaliseEventId(text);
  if (id !== undefined) return id;
  context.addIssue({ code: 'custom', message: 'must be a ULID or a UUID that is not all zeros' });
  return z.NEVER;
});

/** As answers carry it: ISO 8601, milliseconds, Z. (Requests may use any RFC 3339 offset.) */
export const instant = z.iso.datetime({ precision: 3 });

/** A place in the order of everything recorded. Opaque; hand it back as `atLeast`. */
export const position = z.string().min(1).max(POSITION_CHARS_MAX);
export const uuid = z.string();
export const revision = z.int().min(0);
export const strictActor = actor.strict();

/** One of the numbers in a query: digits, and no more of them than a whole number can carry exactly. */
export const wholeNumberText = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,15}$/, 'must be a whole number')
    .transform(Number)
    .refine((value) => value >= min && value <= max, `must be from ${min} to ${max}`);

export const pageLimit = wholeNumberText(1, PAGE_LIMIT_MAX).default(PAGE_LIMIT_DEFAULT);

export const sessionParams = z.strictObject({ id: sessionId });
export const merchantParams = z.strictObject({ merchantId: actorId });

/** Limits in minutes; null: no such rule. */
export const limits = z.strictObject({
  version: z.int().min(0),
  policy: z.enum(policies),
  agentReplyMinutes: z.int().min(1).nullable(),
  buyerReplyMinutes: z.int().min(1).nullable(),
  queueMinutes: z.int().min(1).nullable(),
});
export type LimitsAnswer = z.infer<typeof limits>;

export const rule = z.enum(timeoutRules);
export { actorId, openedBy, sessionId };
