import { z } from 'zod';
import { readBody, type StoredBytes } from '../events/read.js';
import { actor } from '../events/schemas.js';
import { derivedEventId } from '../ids.js';

/**
 * What operators decide about a parked stream: events in a stream of their own, `ops-<name of the parked stream>`, so that
 * the log alone says it, to every engine alike. They never stand in the stream that they speak of, and their types mean
 * nothing there.
 */
export const DECISION_WHY_CHARS_MAX = 500;
export const decisionWhy = z.string().trim().min(1).max(DECISION_WHY_CHARS_MAX);

export const skippedData = z.object({
  /** The parked stream. */
  stream: z.string().min(1),
  /** The event there that is left out: it is folded like one of a type that Lapse does not know. */
  revision: z.int().min(0),
  why: decisionWhy,
  by: actor,
});
export const retriedData = z.object({ stream: z.string().min(1), why: decisionWhy.optional(), by: actor });
export type SkippedData = z.infer<typeof skippedData>;
export type RetriedData = z.infer<typeof retriedData>;

export type ParkDecision =
  | { readonly type: 'stream-skipped'; readonly occurredAtMs: number; readonly data: SkippedData }
  | { readonly type: 'stream-retried'; readonly occurredAtMs: number; readonly data: RetriedData };

const schemas = { 'stream-skipped': skippedData, 'stream-retried': retriedData } as const;
const isDecisionType = (type: string): type is ParkDecision['type'] => Object.hasOwn(schemas, type);

/**
 * A decision on `stream`, read from its operations stream. `undefined` for anything else there, one about another stream
 * and one of a newer schema version included: what is not understood decides nothing. Never throws.
 */
export const readDecision = (stored: StoredBytes, stream: string): ParkDecision | undefined => {
  const { type } = stored;
  if (!isDecisionType(type)) return undefined;
  const body = readBody(stored);
  if (typeof body === 'string') return undefined;
  const data = schemas[type].safeParse(body.fields);
  if (!data.success || data.data.stream !== stream) return undefined;
  return { type, occurredAtMs: body.occurredAtMs, data: data.data } as ParkDecision;
};

/** Derived, so that two operators who skip the same event at once write one decision. */
export const skipEventId = (stream: string, revision: number): string =>
  derivedEventId('stream-skipped', stream, revision);
