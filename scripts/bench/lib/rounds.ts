import { median } from './percentile.js';

export interface Rounds {
  readonly median: number;
  /** In the order measured. */
  readonly all: readonly number[];
}

/**
 * Measures each of `measures` once a round, `count` rounds, and gives the median of each. They take turns, every second
 * round in the opposite order, so that a machine that grows slower or faster meanwhile is no advantage to any of them.
 * Garbage is collected before each measure where node runs with --expose-gc.
 */
export const rounds = async <Name extends string>(
  count: number,
  measures: Readonly<Record<Name, (round: number) => number | Promise<number>>>,
): Promise<Record<Name, Rounds>> => {
  const names = Object.keys(measures) as Name[];
  const values = new Map<Name, number[]>(names.map((name) => [name, []]));
  for (let round = 0; round < count; round += 1) {
    const order = round % 2 === 0 ? names : names.toReversed();
    for (const name of order) {
      globalThis.gc?.();
      values.get(name)?.push(await measures[name](round));
    }
  }
  const results = [...values].map(([name, all]) => [name, { median: median(all), all }]);
  return Object.fromEntries(results) as Record<Name, Rounds>;
};
