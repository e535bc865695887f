import {
  AGENT_REPLY_MINUTES,
  BUYER_REPLY_MINUTES_DEFAULT,
  LEGACY_AGENT_REPLY_MINUTES,
  LEGACY_BUYER_REPLY_MINUTES,
  QUEUE_MINUTES,
} from '../limits.js';
import type { PolicyName } from '../events/index.js';

/** The limits of one config version, in minutes; null: no such rule. */
export interface Limits {
  readonly policy: PolicyName;
  readonly agentReplyMinutes: number | null;
  readonly buyerReplyMinutes: number | null;
  readonly queueMinutes: number | null;
}

/** The platform's rules with the merchant's own limit for a silent buyer. */
export const standardPolicy = (buyerReplyMinutes: number = BUYER_REPLY_MINUTES_DEFAULT): Limits => ({
  policy: 'standard',
  agentReplyMinutes: AGENT_REPLY_MINUTES,
  buyerReplyMinutes,
  queueMinutes: QUEUE_MINUTES,
});

/** For sessions opened before their merchant was switched to these rules: 72 h, until that session closes. */
export const legacyPolicy: Limits = {
  policy: 'legacy',
  agentReplyMinutes: LEGACY_AGENT_REPLY_MINUTES,
  buyerReplyMinutes: LEGACY_BUYER_REPLY_MINUTES,
  queueMinutes: null,
};

/** D15: imported history, under which nothing lapses. */
export const noRulesPolicy: Limits = {
  policy: 'none',
  agentReplyMinutes: null,
  buyerReplyMinutes: null,
  queueMinutes: null,
};

export const sameLimits = (a: Limits, b: Limits): boolean =>
  a.policy === b.policy &&
  a.agentReplyMinutes === b.agentReplyMinutes &&
  a.buyerReplyMinutes === b.buyerReplyMinutes &&
  a.queueMinutes === b.queueMinutes;
