/** A source of numbers from 0 up to 1 that is the same for the same seed (mulberry32). */
export const seededRandom = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
};

export const wholeBelow = (random: () => number, below: number): number => Math.floor(random() * below);

/** Says in the failure itself how to see it again. */
export const underSeed = async (seed: number, round: number, work: () => Promise<void>): Promise<void> => {
  try {
    await work();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`seed ${seed}, round ${round}: ${why}`, { cause: error });
  }
};

/** Lets other writers go first, by a few turns of the microtask queue. */
export const pause = async (random: () => number): Promise<void> => {
  for (let turns = wholeBelow(random, 4); turns > 0; turns -= 1) await Promise.resolve();
};
