import { expect, it } from '@jest/globals';
import { judge, randomPlan, runWorld, simulate } from '@lapse/simulation';

const WORLDS = Number(process.env['LAPSE_WORLDS'] ?? 100);
const FIRST_SEED = 20_000;
const FRESH_SEED = Number(process.env['LAPSE_SEED'] ?? Math.floor(Math.random() * 2 ** 31));

it(`keeps every promise in ${WORLDS} worlds of fixed seeds, and sees every kind of fault in them`, async () => {
  const { totals, failed } = await simulate({
    seed: FIRST_SEED,
    runsMax: WORLDS,
    hasTime: () => true,
    shrinkTriesMax: 100,
  });
  expect(failed?.lines.join('\n')).toBeUndefined();
  const unseen = totals.faults.entries().filter(([, times]) => times === 0);
  expect(unseen).toEqual([]);
}, 180_000);

it(`keeps every promise in ten worlds that nobody has seen before (LAPSE_SEED=${FRESH_SEED})`, async () => {
  const { failed } = await simulate({
    seed: FRESH_SEED,
    runsMax: 10,
    hasTime: () => true,
    shrinkTriesMax: 100,
  });
  expect(failed?.lines.join('\n')).toBeUndefined();
}, 60_000);

it('plays a seed the same again: every byte, place and time of the log', async () => {
  for (const seed of [3, 36, 74, 135, 321]) {
    const [once, again] = [await runWorld(randomPlan(seed)), await runWorld(randomPlan(seed))];
    expect([seed, again.hash, again.steps]).toEqual([seed, once.hash, once.steps]);
  }
});

it('plays another seed differently', async () => {
  expect((await runWorld(randomPlan(5))).hash).not.toBe((await runWorld(randomPlan(6))).hash);
});

it('plays a part of a script too, so that a failing one can be made shorter', async () => {
  const plan = randomPlan(9);
  const half = { ...plan, steps: plan.steps.filter((_, i) => i % 2 === 0) };
  expect((await judge(half)).failures).toEqual([]);
});
