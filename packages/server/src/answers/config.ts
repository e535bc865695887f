import type { ConfigVersion, Limits } from '@lapse/domain';
import type { ConfigVersionAnswer, LimitsAnswer } from '@lapse/api';

/** The limits of one version, in minutes, and nothing else of it. */
export const limitsAnswer = (version: Limits & { readonly version: number }): LimitsAnswer => ({
  version: version.version,
  policy: version.policy,
  agentReplyMinutes: version.agentReplyMinutes,
  buyerReplyMinutes: version.buyerReplyMinutes,
  queueMinutes: version.queueMinutes,
});

export const configVersionAnswer = (version: ConfigVersion): ConfigVersionAnswer => ({
  ...limitsAnswer(version),
  why: version.data?.why ?? null,
  changedBy: version.data?.changedBy ?? null,
  merchantRevision: version.merchantRevision,
});
