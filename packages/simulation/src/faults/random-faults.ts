import { between, chance, oneOf, weighted, type Random } from '../oracle/random.js';
import type { Step, Target } from '../world/plan.js';
import type { FlakyRates } from './store-faults.js';

interface Span {
  readonly startMs: number;
  readonly endsAtMs: number;
  readonly engines: number;
}

const MINUTE_MS = 60_000;
const FAULTS_MAX = 22;
const CHECKS_MAX = 3;

const minutes = (random: Random, most: number): number => Math.round(Math.exp(random() * Math.log(most * 60)) * 1_000);

const randomRates = (random: Random): FlakyRates => {
  const rate = (most: number): number => (chance(random, 0.5) ? 0 : random() * most);
  return {
    answerLost: rate(0.5),
    requestLost: rate(0.3),
    refused: rate(0.3),
    intruded: rate(0.4),
    readFailed: rate(0.2),
    slow: rate(0.5),
    repeats: chance(random, 0.7) ? 1 : 0,
  };
};

const randomClockMs = (random: Random): number => {
  const furthestMs = oneOf(random, [2_000, 2_000, 30_000, 60 * MINUTE_MS]);
  return Math.round((random() * 2 - 1) * furthestMs);
};

const randomFault = (random: Random, { startMs, endsAtMs, engines }: Span): Step => {
  const atMs = between(random, startMs, endsAtMs);
  const engine = between(random, 0, engines - 1);
  const target: Target = chance(random, 0.4) ? 'all' : engine;
  const kind = weighted(random, {
    kill: 30,
    stop: 5,
    start: 5,
    flaky: 24,
    unavailable: 10,
    subscription: 12,
    stall: 6,
    'disk-full': 4,
    'views-full': 4,
    clock: 6,
  });
  switch (kind) {
    case 'kill': {
      const inTheMiddle = chance(random, 0.7) ? { afterWaits: between(random, 0, 14) } : {};
      return { do: kind, atMs, engine, downMs: minutes(random, 90), loseViews: chance(random, 0.25), ...inTheMiddle };
    }
    case 'stop':
      return { do: kind, atMs, engine, downMs: minutes(random, 90), loseViews: chance(random, 0.25) };
    case 'start':
      return { do: 'start', atMs, engine };
    case 'flaky':
      return { do: 'flaky', atMs, engine: target, forMs: minutes(random, 600), rates: randomRates(random) };
    case 'unavailable':
      return {
        do: 'unavailable',
        atMs,
        engine: target,
        forMs: minutes(random, 30),
        how: oneOf(random, ['rejects', 'hangs', 'times-out']),
      };
    case 'subscription':
      return { do: 'subscription', atMs, engine, how: oneOf(random, ['drop', 'end']) };
    case 'stall':
      return { do: 'stall', atMs, engine, forMs: minutes(random, 60) };
    case 'disk-full':
      return { do: 'disk-full', atMs, engine: target, forMs: minutes(random, 30) };
    case 'views-full':
      return { do: 'views-full', atMs, engine, forMs: minutes(random, 60) };
    case 'clock':
      return { do: 'clock', atMs, engine, offsetMs: randomClockMs(random) };
  }
};

/** What goes wrong between two instants, and when somebody looks whether all is well. */
export const randomFaults = (random: Random, span: Span): readonly Step[] => {
  const faults = Array.from({ length: between(random, 0, FAULTS_MAX) }, () => randomFault(random, span));
  const checks = Array.from({ length: between(random, 0, CHECKS_MAX) }, (): Step => {
    return { do: 'check', atMs: between(random, span.startMs, span.endsAtMs) };
  });
  return [...faults, ...checks];
};
