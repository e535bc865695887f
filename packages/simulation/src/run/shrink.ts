import type { Failure } from '../world/failure.js';
import type { Plan, Step } from '../world/plan.js';
import { runWorld } from './run-world.js';

export interface ShrinkOptions {
  /** How many smaller worlds are tried at most. */
  readonly triesMax: number;
}

const without = (plan: Plan, from: number, count: number): Plan => ({
  ...plan,
  steps: [...plan.steps.slice(0, from), ...plan.steps.slice(from + count)],
});

const failureOf = async (plan: Plan, promise: Failure['promise']): Promise<boolean> => {
  try {
    return (await runWorld(plan)).failures.some((failure) => failure.promise === promise);
  } catch {
    return promise === 'no-crash';
  }
};

/**
 * Leaves out of a failing plan whatever does not matter: halves of its steps, then quarters, down to single ones, as long
 * as the same promise is still broken. Gives the smallest plan found within the bound.
 */
export const shrink = async (plan: Plan, promise: Failure['promise'], { triesMax }: ShrinkOptions): Promise<Plan> => {
  let smallest = plan;
  let tries = 0;
  for (let size = Math.ceil(plan.steps.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let from = 0; from < smallest.steps.length && tries < triesMax;) {
      tries += 1;
      const smaller = without(smallest, from, size);
      if (await failureOf(smaller, promise)) smallest = smaller;
      else from += size;
    }
  }
  return smallest;
};

/** A step in one line, with the world's own time since its beginning. */
export const stepLine = (step: Step, startMs: number): string => {
  const { atMs, ...rest } = step;
  return `+${((atMs - startMs) / 60_000).toFixed(3)} min ${JSON.stringify(rest)}`;
};
