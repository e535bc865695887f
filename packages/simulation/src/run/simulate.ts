import { FaultCounts } from '../faults/fault-counts.js';
import type { Failure } from '../world/failure.js';
import type { Plan } from '../world/plan.js';
import { randomPlan } from '../traffic/random-plan.js';
import { sameClosesFailures } from '../world/same-closes.js';
import { failureLines } from './report.js';
import { runWorld, type WorldReport } from './run-world.js';
import { shrink } from './shrink.js';

export interface SimulateOptions {
  /** The first world's; each further one takes the next. */
  readonly seed: number;
  readonly runsMax: number;
  /** Answers whether there is time for another world. */
  readonly hasTime: () => boolean;
  /** How many smaller worlds are tried for a failing one; 0 leaves it as it is. */
  readonly shrinkTriesMax: number;
  readonly onProgress?: (totals: Totals) => void;
}

export interface Totals {
  runs: number;
  simulatedMs: number;
  events: number;
  steps: number;
  acknowledged: number;
  readonly refused: Map<string, number>;
  readonly faults: FaultCounts;
}

export interface Simulated {
  readonly totals: Totals;
  /** Undefined where every world kept every promise; the first that did not ends the simulation. */
  readonly failed:
    { readonly seed: number; readonly failures: readonly Failure[]; readonly lines: readonly string[] } | undefined;
}

/** Every how many-th world is played a second time, with other engines over the same accepted appends. */
const SECOND_ENGINES_EVERY = 4;

const add = (totals: Totals, report: WorldReport): void => {
  totals.runs += 1;
  totals.simulatedMs += report.simulatedMs;
  totals.events += report.log.length;
  totals.steps += report.steps;
  totals.acknowledged += report.acknowledged;
  for (const [code, times] of report.refused) totals.refused.set(code, (totals.refused.get(code) ?? 0) + times);
  totals.faults.add(report.faults);
};

/** Plays a world, and some of them once more with other engines. A world that throws has crashed. */
export const judge = async (
  plan: Plan,
): Promise<{ readonly report?: WorldReport; readonly failures: readonly Failure[] }> => {
  try {
    const report = await runWorld(plan);
    if (report.failures.length > 0 || plan.seed % SECOND_ENGINES_EVERY !== 0)
      return { report, failures: report.failures };
    return { report, failures: await sameClosesFailures(report.plan, report.log, report.simulatedMs) };
  } catch (error) {
    const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { failures: [{ promise: 'no-crash', stream: '', what }] };
  }
};

/** Plays worlds one after the other until one breaks a promise, all are played, or there is no time for more. */
export const simulate = async (options: SimulateOptions): Promise<Simulated> => {
  const totals: Totals = {
    runs: 0,
    simulatedMs: 0,
    events: 0,
    steps: 0,
    acknowledged: 0,
    refused: new Map(),
    faults: new FaultCounts(),
  };
  for (let run = 0; run < options.runsMax && options.hasTime(); run++) {
    const seed = options.seed + run;
    const plan = randomPlan(seed);
    const { report, failures } = await judge(plan);
    if (report !== undefined) add(totals, report);
    const [first] = failures;
    if (first !== undefined) {
      const smallest = await shrink(plan, first.promise, { triesMax: options.shrinkTriesMax });
      return { totals, failed: { seed, failures, lines: await failureLines(smallest, failures) } };
    }
    options.onProgress?.(totals);
  }
  return { totals, failed: undefined };
};
