import { between, chance, mulberry32, oneOf } from '../oracle/random.js';
import type { Step } from '../world/plan.js';

/** Of its own, so that worlds are otherwise what their seed has always made of them. */
const OPERATORS_SEED = 0x6f707321;
const DOINGS_MAX = 4;

/** What operators do in a world: have read models built anew, and decide about parked streams. */
export const operatorSteps = (
  seed: number,
  { startMs, endsAtMs, engines }: { readonly startMs: number; readonly endsAtMs: number; readonly engines: number },
): readonly Step[] => {
  const random = mulberry32(seed ^ OPERATORS_SEED);
  if (chance(random, 0.4)) return [];
  return Array.from({ length: between(random, 1, DOINGS_MAX) }, (): Step => {
    const what = oneOf(random, ['rebuild-all', 'rebuild-one', 'retry', 'skip', 'skip'] as const);
    return { do: 'operate', atMs: between(random, startMs, endsAtMs), engine: between(random, 0, engines - 1), what };
  });
};
