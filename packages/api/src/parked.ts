import { z } from 'zod';
import { decisionWhy } from '@lapse/domain';
import { CURSOR_CHARS_MAX } from './bounds.js';
import { actorId, instant, pageLimit, position, revision, sessionId, strictActor } from './values.js';

/** A stream by its whole name, or a session by its id alone. */
export const parkedParams = z.strictObject({ stream: z.string().min(1) });

const streamKind = z.enum(['session', 'merchant', 'other']);

export const parkedQuery = z.strictObject({
  atLeast: position.optional(),
  /** The `next` of the page before. */
  after: z.string().min(1).max(CURSOR_CHARS_MAX).optional(),
  limit: pageLimit,
});

/** Those that have been parked longest come first. Their deadlines are unknown: nothing closes them meanwhile. */
export const parkedListAnswer = z.strictObject({
  parked: z.array(
    z.strictObject({
      stream: z.string(),
      /** `other`: its name says that it is ours, but holds no id. */
      kind: streamKind,
      sessionId: sessionId.nullable(),
      /** null where nobody can say: the opening of the session cannot be read. */
      merchantId: actorId.nullable(),
      /** The event at which it stopped, where it stands in the log, and when it was stored. */
      revision,
      position,
      since: instant,
      why: z.string(),
      /** `sessions`: nobody can read it any further. Any other one has stopped for itself alone. */
      readModels: z.array(z.string()),
    }),
  ),
  next: z.string().nullable(),
});
export type ParkedListAnswer = z.infer<typeof parkedListAnswer>;

const parkedAt = z.strictObject({ revision, why: z.string() });

/** A stream that is parked or was. */
export const parkedStreamAnswer = z.strictObject({
  stream: z.string(),
  kind: streamKind,
  sessionId: sessionId.nullable(),
  merchantId: actorId.nullable(),
  /** null: it can be read to its end now. */
  parked: parkedAt.nullable(),
  /** The event that cannot be read, as it is stored. */
  event: z
    .strictObject({
      id: z.string(),
      revision,
      type: z.string(),
      position,
      storedAt: instant,
      contentType: z.string(),
      /** As text: bytes that are none, and control characters, as `\\xNN`. Cut where it is long; see `dataBytes`. */
      data: z.string(),
      dataBytes: z.int().min(0),
      metadata: z.string(),
      metadataBytes: z.int().min(0),
    })
    .nullable(),
  /** Where the read models stand: they follow a moment behind. */
  readModels: z.array(z.strictObject({ name: z.string(), revision, why: z.string(), since: instant })),
  /** What operators have decided, oldest first. */
  decisions: z.array(
    z.strictObject({
      type: z.enum(['stream-skipped', 'stream-retried']),
      revision: revision.nullable(),
      why: z.string().nullable(),
      by: strictActor,
      at: instant,
    }),
  ),
  /** What can be done now, in sentences. */
  advice: z.array(z.string()),
});
export type ParkedStreamAnswer = z.infer<typeof parkedStreamAnswer>;

export const skipRequest = z.strictObject({
  /** The event to leave out: the one at which the stream is parked. */
  revision,
  why: decisionWhy,
});
export const retryRequest = z.strictObject({ why: decisionWhy.optional() }).nullable();

const decided = {
  stream: z.string(),
  /** Where it is parked all the same; null: it can be read to its end. */
  parked: parkedAt.nullable(),
  /** Where the decision stands in the log: hand it to a list as `atLeast`. */
  position: position.nullable(),
};
/** `repeated`: this event was skipped before; nothing was written now. */
export const skippedAnswer = z.strictObject({ outcome: z.enum(['skipped', 'repeated']), revision, ...decided });
export const retriedAnswer = z.strictObject({ outcome: z.literal('retried'), ...decided });
