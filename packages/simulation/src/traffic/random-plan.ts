import { between, chance, mulberry32, oneOf, randomStream, type Random } from '../oracle/random.js';
import type { Settings } from '../oracle/world.js';
import type { EnginePlan, Plan, Step } from '../world/plan.js';
import { randomFaults } from '../faults/random-faults.js';
import { operatorSteps } from './operator.js';
import { SessionLife } from './session-life.js';

const HOUR_MS = 3_600_000;
const START_MS = 1_700_000_000_000;
const LIMITS = [5, 6, 20, 20, 20, 50, 300, 360];
const MERCHANTS = ['m-1', 'm-2', 'm-3'];

const randomSettings = (random: Random): Settings => ({
  closeGraceMs: oneOf(random, [5_000, 5_000, 5_000, 0, 60_000]),
  clockSkewMs: 5_000,
  newMerchants: chance(random, 0.75) ? 'standard' : 'legacy',
});

/** A look every second is for short worlds: it is a step a second. */
const sweepIntervals = (hours: number): readonly number[] =>
  [1_000, 30_000, 5 * 60_000, HOUR_MS, 24 * HOUR_MS].filter((intervalMs) => intervalMs >= hours * 2_000);

const randomEngine = (random: Random, hours: number, clockSkewMs: number, number: number): EnginePlan => {
  const learnsClock = chance(random, 0.3);
  const isFarOff = !learnsClock && chance(random, 0.08);
  const furthestMs = isFarOff ? HOUR_MS : clockSkewMs * 0.45;
  return {
    sweepIntervalMs: oneOf(random, sweepIntervals(hours)),
    standbyDelayMs: number === 0 || chance(random, 0.5) ? 0 : oneOf(random, [1_000, 10_000, 120_000]),
    clockOffsetMs: chance(random, 0.4) ? 0 : Math.round((random() * 2 - 1) * furthestMs),
    clockDriftPpm: chance(random, 0.5) ? 0 : (random() * 2 - 1) * 15,
    learnsClock,
    cachedSessionsMax: oneOf(random, [20_000, 20_000, 3, 1]),
    pageSizeMax: oneOf(random, [2_000, 2_000, 50, 3, 1]),
    startsAtOnce: number === 0 || chance(random, 0.8),
  };
};

const merchantSteps = (random: Random, startMs: number, endsAtMs: number, engines: number): readonly Step[] =>
  MERCHANTS.flatMap((merchantId) => {
    const changes = chance(random, 0.2) ? 0 : between(random, 0, 5);
    return Array.from({ length: changes }, (): Step => {
      const action = oneOf(random, ['rollout', 'change', 'change', 'change', 'revert'] as const);
      const value = action === 'revert' ? between(random, 0, 3) : oneOf(random, [...LIMITS, 4, 361]);
      const atMs = between(random, startMs, endsAtMs);
      return { do: 'configure', atMs, merchantId, action, value, engine: between(random, 0, engines - 1) };
    });
  });

const byInstant = (a: Step, b: Step): number => a.atMs - b.atMs;

/** What the last change before an instant made of a merchant's limit, as a sender would guess it. */
const limitAt = (steps: readonly Step[], merchantId: string, atMs: number): number => {
  const changes = steps.filter(
    (step) =>
      step.do === 'configure' && step.action === 'change' && step.merchantId === merchantId && step.atMs <= atMs,
  );
  const last = changes.at(-1);
  return last?.do === 'configure' ? last.value : 20;
};

/** How a world may be asked for. */
export interface PlanOptions {
  /** Without faults each command is answered where and when it is sent; engines still come and go. Default true. */
  readonly faults?: boolean;
}

/** A world drawn from a seed: engines, merchants, sessions, and what goes wrong. */
export const randomPlan = (seed: number, options: PlanOptions = {}): Plan => {
  const random = mulberry32(seed);
  const startMs = START_MS + between(random, 0, 1_000_000_000);
  const hours = Math.exp(random() * Math.log(80)) / 2;
  const endsAtMs = startMs + Math.round(hours * HOUR_MS);
  const settings = randomSettings(random);
  const count = oneOf(random, [1, 1, 1, 2, 2, 3, 4, 5]);
  const engines = Array.from({ length: count }, (_, number) =>
    randomEngine(random, hours, settings.clockSkewMs, number),
  );
  const merchants = [...merchantSteps(random, startMs, endsAtMs, count)].sort(byInstant);
  const sessions = Array.from({ length: between(random, 2, 12) }, () => {
    const opensAtMs = between(random, startMs, Math.max(startMs, endsAtMs - HOUR_MS / 4));
    const merchantId = oneOf(random, MERCHANTS);
    const sessionId = randomStream(random, opensAtMs).slice('session-'.length);
    const buyerMinutes = limitAt(merchants, merchantId, opensAtMs);
    const life = { settings, sessionId, merchantId, buyerMinutes, opensAtMs, endsAtMs, engines: count };
    return new SessionLife(random, life).live();
  });
  const faults = options.faults === false ? [] : randomFaults(random, { startMs, endsAtMs, engines: count });
  const operators = options.faults === false ? [] : operatorSteps(seed, { startMs, endsAtMs, engines: count });
  const steps = [...merchants, ...sessions.flat(), ...faults, ...operators].sort(byInstant);
  const restMs = (chance(random, 0.85) ? 26 : 75) * HOUR_MS;
  return { seed, startMs, settings, engines, steps, endsAtMs, restMs };
};
