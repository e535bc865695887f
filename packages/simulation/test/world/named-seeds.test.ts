import { expect, it } from '@jest/globals';
import { judge, randomPlan } from '@lapse/simulation';

/** Worlds in which a promise was once broken. A change of how worlds are drawn takes their meaning away, not their right to pass. */
const NAMED_SEEDS = [
  { seed: 36, what: 'two engines write one message, received by each at another time' },
  { seed: 39, what: 'a message is known in a successor that came up after its id was sought' },
  { seed: 62, what: 'an engine that learns how its clock stands goes on as soon as it knows' },
  { seed: 301, what: 'a pin that failed long after its sweep began waits before it is tried again' },
  { seed: 92_120_993, what: 'two engines write one message, one of them before the time that its sender gave it' },
];

it.each(NAMED_SEEDS)('seed $seed: $what', async ({ seed }) => {
  expect((await judge(randomPlan(seed))).failures).toEqual([]);
});
