import type { Random } from './random.js';
import { between, chance, oneOf, weighted } from './random.js';
import { MINUTE_MS } from './records.js';

/** Gaps as they come, with the ties that break careless code: nothing, a millisecond, seconds, minutes, hours, days. */
export function randomGapMs(random: Random): number {
  switch (weighted(random, { none: 10, one: 6, seconds: 22, minutes: 32, limit: 14, hours: 12, days: 4 })) {
    case 'none':
      return 0;
    case 'one':
      return 1;
    case 'seconds':
      return between(random, 1, 60_000);
    case 'minutes':
      return between(random, 1, 40) * MINUTE_MS;
    case 'limit':
      return oneOf(random, [5, 20, 300, 360, 1440, 4320]) * MINUTE_MS + oneOf(random, [-1, 0, 1]);
    case 'hours':
      return between(random, 1, 30) * 60 * MINUTE_MS;
    case 'days':
      return between(random, 1, 4) * 1440 * MINUTE_MS;
  }
}

/**
 * When the next event happened: mostly a gap after the newest one, often exactly at the running deadline or a millisecond
 * or a grace beside it, sometimes before events that the log already has, or before the session began.
 */
export function randomTime(
  random: Random,
  events: readonly { readonly occurredAtMs: number }[],
  deadlineAtMs: number | null,
): number {
  const times = events.map((event) => event.occurredAtMs);
  const newestMs = Math.max(...times);
  const beside = [0, 0, 0, -1, 1, -1, 1, 2, -5_000, 5_000, 5_001, -60_000, 60_000];
  if (deadlineAtMs !== null && chance(random, 0.3)) return deadlineAtMs + oneOf(random, beside);
  if (chance(random, 0.15)) return oneOf(random, times) - oneOf(random, [0, 1, -1, MINUTE_MS, 400 * MINUTE_MS]);
  // The newest time may be a late event's: going on from some other one keeps sessions alive.
  return (chance(random, 0.8) ? newestMs : oneOf(random, times)) + randomGapMs(random);
}

/** Data of a message or `queued`, with some of the optional fields. */
export function talkData(random: Random, type: string): Readonly<Record<string, unknown>> {
  if (type === 'queued') return chance(random, 0.5) ? { queueId: oneOf(random, ['q-1', 'q-2']) } : {};
  const length = chance(random, 0.5) ? { length: between(random, 0, 500) } : {};
  const automated = type === 'message-from-agent' && chance(random, 0.2) ? { automated: false } : {};
  return { ...length, ...automated };
}

/** A session's pin of any policy, and of limits that no policy has, all combinations of null among them. */
export function randomPin(random: Random, merchantId: string) {
  const kind = weighted(random, { standard: 60, legacy: 14, none: 6, odd: 20 });
  const buyer = chance(random, 0.6) ? oneOf(random, [5, 20, 300, 360]) : between(random, 5, 360);
  const odd = (minutes: number) => (chance(random, 0.35) ? null : minutes);
  const limits = {
    standard: [360, buyer, 1440],
    legacy: [4320, 20, null],
    none: [null, null, null],
    odd: [odd(360), odd(buyer), odd(1440)],
  }[kind];
  const [agentReplyMinutes, buyerReplyMinutes, queueMinutes] = limits as (number | null)[];
  const version = kind === 'standard' || kind === 'odd' ? between(random, 1, 4) : 0;
  const data = {
    merchantId,
    version,
    policy: kind === 'odd' ? 'standard' : kind,
    agentReplyMinutes,
    buyerReplyMinutes,
    queueMinutes,
    why: kind === 'none' ? 'import' : version > 1 ? 'change' : 'rollout',
    changedBy: { role: 'system', id: 'lapse' },
    merchantRevision: version === 0 ? null : version - 1,
  };
  return { type: 'config-version', data, readable: true };
}
