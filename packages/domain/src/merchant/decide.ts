import { BUYER_REPLY_MINUTES_DEFAULT, BUYER_REPLY_MINUTES_MAX, BUYER_REPLY_MINUTES_MIN } from '../limits.js';
import { refuse, type Refusal } from '../errors.js';
import type { Actor, ConfigData } from '../events/index.js';
import { sameLimits, standardPolicy, type Limits } from './policy.js';
import { currentVersion, type ConfigVersion, type MerchantState } from './state.js';

/** D16: what a merchant that nobody configured is given by the first command for it. */
export type NewMerchants = 'standard' | 'legacy';

export type MerchantCommand =
  /** The switch-over to these rules, with the merchant's first limit. */
  | { readonly kind: 'rollout'; readonly buyerReplyMinutes?: unknown }
  /** `fixed` names limits that only the platform sets, where the sender tried to. */
  | { readonly kind: 'change'; readonly buyerReplyMinutes: unknown; readonly fixed?: readonly string[] }
  | { readonly kind: 'revert'; readonly toVersion: number };

export interface MerchantContext {
  readonly merchantId: string;
  readonly newMerchants: NewMerchants;
  readonly changedBy: Actor;
}

/** `events` may be empty: the value was in force already (D12). */
export interface MerchantDecision {
  readonly kind: 'decided';
  readonly events: readonly ConfigData[];
}

const lapse: Actor = { role: 'system', id: 'lapse' };

/**
 * Decides a command on a merchant's config. Checked in this order: a fixed limit, the value (D13: refused, never
 * clamped), the roll-out (D16), the version. A refused command writes nothing, also no first roll-out.
 */
export const decideMerchant = (
  state: MerchantState,
  command: MerchantCommand,
  context: MerchantContext,
): MerchantDecision | Refusal => {
  if (state.parked !== undefined)
    return refuse('stream-parked', `the merchant's stream cannot be read: ${state.parked.why}`);
  const refused = refusedValue(command);
  if (refused !== undefined) return refused;
  if (command.kind === 'rollout') return decideRollout(state, command.buyerReplyMinutes, context);
  const rolledOut = state.versions.length > 0;
  if (!rolledOut && context.newMerchants === 'legacy') {
    return refuse('not-rolled-out', `merchant ${context.merchantId} is not on these rules yet: roll it out first`);
  }
  const first = rolledOut ? [] : [firstVersion(context)];
  const current = rolledOut ? currentVersion(state) : { ...standardPolicy(), version: 1 };
  const target = targetLimits(state, command, current);
  if ('code' in target) return target;
  if (sameLimits(target, current)) return { kind: 'decided', events: first };
  const next = configData(context, current.version + 1, target, command.kind, context.changedBy);
  return { kind: 'decided', events: [...first, next] };
};

/** D16: version 1 for a merchant that nobody configured, where new merchants get the standard rules. */
export const firstVersion = (context: Pick<MerchantContext, 'merchantId'>): ConfigData =>
  configData(context, 1, standardPolicy(), 'rollout', lapse);

const decideRollout = (state: MerchantState, minutes: unknown, context: MerchantContext): MerchantDecision => {
  if (state.versions.length > 0) return { kind: 'decided', events: [] };
  const limits = standardPolicy((minutes as number | undefined) ?? BUYER_REPLY_MINUTES_DEFAULT);
  return { kind: 'decided', events: [configData(context, 1, limits, 'rollout', context.changedBy)] };
};

const refusedValue = (command: MerchantCommand): Refusal | undefined => {
  if (command.kind === 'revert') return undefined;
  if (command.kind === 'change' && command.fixed !== undefined && command.fixed.length > 0) {
    return refuse('fixed-by-platform', `${command.fixed.join(', ')} is fixed by the platform and cannot be changed`);
  }
  if (command.kind === 'rollout' && command.buyerReplyMinutes === undefined) return undefined;
  return isAllowedLimit(command.buyerReplyMinutes) ? undefined : badLimit(command.buyerReplyMinutes);
};

/** D13 */
const isAllowedLimit = (value: unknown): value is number =>
  typeof value === 'number' &&
  Number.isInteger(value) &&
  value >= BUYER_REPLY_MINUTES_MIN &&
  value <= BUYER_REPLY_MINUTES_MAX;

const badLimit = (value: unknown): Refusal => {
  const shown = typeof value === 'number' ? String(value) : (JSON.stringify(value)?.slice(0, 40) ?? 'nothing');
  return refuse(
    'bad-value',
    `buyerReplyMinutes must be a whole number from ${BUYER_REPLY_MINUTES_MIN} to ${BUYER_REPLY_MINUTES_MAX}, not ${shown}`,
  );
};

const targetLimits = (
  state: MerchantState,
  command: Exclude<MerchantCommand, { kind: 'rollout' }>,
  current: Limits & { version: number },
): Limits | Refusal => {
  if (command.kind === 'change') return { ...current, buyerReplyMinutes: command.buyerReplyMinutes as number };
  if (command.toVersion === current.version) return current;
  const target = findVersion(state, command.toVersion);
  if (target !== undefined) return target;
  const why = command.toVersion === 0 ? 'version 0 is the time before the roll-out' : 'there is no such version';
  return refuse('no-such-version', `cannot go back to version ${command.toVersion}: ${why}`);
};

const findVersion = (state: MerchantState, version: number): ConfigVersion | undefined =>
  version === 0 ? undefined : state.versions.findLast((known) => known.version === version);

const configData = (
  context: Pick<MerchantContext, 'merchantId'>,
  version: number,
  limits: Limits,
  why: ConfigData['why'],
  changedBy: Actor,
): ConfigData => ({
  merchantId: context.merchantId,
  version,
  policy: limits.policy,
  agentReplyMinutes: limits.agentReplyMinutes,
  buyerReplyMinutes: limits.buyerReplyMinutes,
  queueMinutes: limits.queueMinutes,
  why,
  changedBy,
});

/** The copy of a merchant's version that a session carries from its opening on: the pin. */
export const pinOf = (merchantId: string, version: ConfigVersion): ConfigData => ({
  merchantId,
  version: version.version,
  policy: version.policy,
  agentReplyMinutes: version.agentReplyMinutes,
  buyerReplyMinutes: version.buyerReplyMinutes,
  queueMinutes: version.queueMinutes,
  why: version.data?.why ?? (version.policy === 'none' ? 'import' : 'rollout'),
  changedBy: version.data?.changedBy ?? lapse,
  merchantRevision: version.merchantRevision,
});
