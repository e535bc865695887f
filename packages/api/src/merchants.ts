import { z } from 'zod';
import { configWhy } from '@lapse/domain';
import { schemaNames } from './schema-names.js';
import { actorId, limits, pageLimit, position, revision, strictActor, wholeNumberText } from './values.js';

/**
 * A value of any kind is taken here and judged by the rules, so that the refusal says what is allowed (D13). The two
 * limits that only the platform sets are named, so that an attempt is told from a typing error.
 */
export const changeConfigRequest = z.strictObject({
  buyerReplyMinutes: z.unknown().optional().describe('A whole number from 5 to 360.'),
  agentReplyMinutes: z.unknown().optional().describe('Fixed by the platform: naming it is refused.'),
  queueMinutes: z.unknown().optional().describe('Fixed by the platform: naming it is refused.'),
});
export type ChangeConfigRequest = z.infer<typeof changeConfigRequest>;
export const FIXED_LIMITS = ['agentReplyMinutes', 'queueMinutes'] as const;

/** The switch-over to the standard rules, with the merchant's first limit; 20 where it or the whole body is left out. */
export const rolloutRequest = z
  .strictObject({ buyerReplyMinutes: z.unknown().optional().describe('A whole number from 5 to 360.') })
  .nullable();

export const revertRequest = z.strictObject({ toVersion: z.int().min(0) });

/** One version of a merchant's config. `why`, `changedBy` and `merchantRevision` are null where nobody wrote it yet. */
export const configVersion = limits
  .extend({
    why: configWhy.nullable(),
    changedBy: strictActor.nullable(),
    merchantRevision: revision.nullable(),
  })
  .register(schemaNames, { id: 'ConfigVersion' });
export type ConfigVersionAnswer = z.infer<typeof configVersion>;

/** What a session that opened now would get. */
export const configAnswer = z.strictObject({ merchantId: actorId, current: configVersion });

/** `changed` is false where the value was in force already (D12), or the merchant was rolled out before. */
export const configuredAnswer = z.strictObject({
  merchantId: actorId,
  changed: z.boolean(),
  current: configVersion,
  revision,
  position: position.nullable(),
});
export type ConfiguredAnswer = z.infer<typeof configuredAnswer>;

export const configVersionsQuery = z.strictObject({
  /** Inclusive. */
  fromVersion: wholeNumberText(0, Number.MAX_SAFE_INTEGER).default(0),
  limit: pageLimit,
});

export const configVersionsAnswer = z.strictObject({
  merchantId: actorId,
  versions: z.array(configVersion),
  /** The `fromVersion` of the next page; null at the end. */
  nextVersion: z.int().min(0).nullable(),
});
