import type { TimeoutRule } from '../events/index.js';
import { MS_PER_MINUTE } from '../limits.js';
import type { Limits } from '../merchant/policy.js';
import type { SessionState } from './state.js';

export const limitMinutesOf = (limits: Limits, rule: TimeoutRule): number | null => {
  switch (rule) {
    case 'agent-silent':
      return limits.agentReplyMinutes;
    case 'buyer-silent':
      return limits.buyerReplyMinutes;
    case 'queue-expired':
      return limits.queueMinutes;
  }
};

/**
 * The last instant at which an event is in time (D1), in epoch milliseconds; `undefined` where nothing can run out: a
 * session that is not open, one whose limits are not known yet, a rule without a limit (D3). A function of the folded
 * session alone: its limits are the ones it was opened under, never "the latest".
 */
export const deadlineOf = (state: SessionState): number | undefined => {
  if (state.status !== 'open' || state.pin === undefined) return undefined;
  const limitMinutes = limitMinutesOf(state.pin, state.rule);
  return limitMinutes === null ? undefined : state.anchorAtMs + limitMinutes * MS_PER_MINUTE;
};

/** D1: over the limit is strictly over it. */
export const isLate = (atMs: number, deadlineAtMs: number | undefined): boolean =>
  deadlineAtMs !== undefined && atMs > deadlineAtMs;
