// npm run test:long -- [--only TEXT] [--seed N] [--list]: the tests of `npm test` with the counts that take hours, one after the
// other, each with its figures. Exit 1: one has failed.
import { join } from 'node:path';
import { ensure, root } from './ensure.mjs';
import { jestArguments } from './jest.mjs';
import { readOptions } from './options.mjs';
import { runStep, stepLine } from './steps.mjs';

const options = readOptions({
  what: 'The long counts, run by hand: each prints its seed and its figures. Exit 1: one has failed.',
  usage: 'npm run test:long -- [--only TEXT] [--seed N] [--list]',
  flags: {
    only: { takes: 'TEXT', says: 'only those whose name holds this', otherwise: '' },
    seed: { takes: 'N', says: 'of all that is drawn; left out, a fresh one', max: 2 ** 31 - 1 },
    list: { says: 'say which there are, and run none' },
  },
  examples: [
    'npm run test:long                                      all of it, some hours on two cores',
    'npm run test:long -- --list',
    'npm run test:long -- --only kills --seed 4711          some of it',
  ],
});

const MINUTE_MS = 60_000;
const seed = options.seed ?? Math.floor(Math.random() * 2 ** 31);
const script = (name, ...args) => [join(root, 'scripts', name), ...args.map(String)];
/** No single test with such counts is done within what is allowed to those of every day. */
const tests = (path) => jestArguments(['--ci', '--runInBand', `--testTimeout=${90 * MINUTE_MS}`, path]);
const processes = 'packages/simulation/test/processes';

const steps = [
  { name: '10 000 worlds', args: script('simulate.mjs', '--seed', seed, '--runs', 10_000, '--minutes', 60) },
  { name: 'planted bugs', args: script('mutate.mjs'), minutesMax: 120 },
  { name: '100 000 folds', args: tests('packages/simulation/test/differential/fold'), env: { LAPSE_LOGS: 100_000 } },
  {
    name: '2 000 commands',
    args: tests('packages/simulation/test/differential/commands'),
    env: { LAPSE_SCRIPTS: 2_000 },
  },
  { name: '150 losses of power', args: tests('packages/simulation/test/files'), env: { LAPSE_PLANS: 150 } },
  { name: '100 kills, embedded', args: tests(`${processes}/kill-embedded`), env: { LAPSE_KILLS: 100 } },
  { name: '100 kills, gateway', args: tests(`${processes}/kill-gateway`), env: { LAPSE_KILLS: 100 } },
  { name: '100 kills, rebuilding', args: tests('packages/engine/test/rebuild-kill'), env: { LAPSE_KILLS: 100 } },
  { name: 'full disks', args: tests(`${processes}/full-disk`), env: { LAPSE_SMALL_DISK: 1 } },
  {
    name: 'contract over the gateway',
    args: tests('packages/engine/test/contract-over-gateway'),
    env: { LAPSE_TEST_LONG: 1 },
  },
  { name: 'EventStoreDB store', args: tests('packages/store-eventstoredb'), env: { LAPSE_TEST_LONG: 1 } },
  {
    name: '1 000 000 hostile inputs',
    args: script('fuzz.mjs', '--seed', seed, '--inputs', 1_000_000, '--minutes', 80),
  },
  { name: 'soak', args: script('soak.mjs', '--minutes', 20, '--seed', seed) },
].filter(({ name }) => name.includes(options.only));

const commandOf = ({ args, env = {} }) => {
  const set = Object.entries({ LAPSE_SEED: seed, ...env }).map(([name, value]) => `${name}=${value}`);
  return [...set, 'node', ...args.map((arg) => arg.replace(`${root}`, ''))].join(' ');
};

const run = async (step) => {
  console.log(`\n${step.name}: ${commandOf(step)}`);
  const { name, args, minutesMax = 90 } = step;
  const env = Object.fromEntries(Object.entries({ LAPSE_SEED: seed, ...step.env }).map(([k, v]) => [k, String(v)]));
  return runStep({ name, args, env, show: true, timeoutMs: minutesMax * MINUTE_MS });
};

if (options.list) {
  for (const step of steps) console.log(`${step.name.padEnd(26)} ${commandOf(step)}`);
} else if (steps.length === 0) {
  console.error(`none is called ${options.only}: npm run test:long -- --list`);
  process.exitCode = 2;
} else {
  ensure();
  const results = [];
  for (const step of steps) results.push(await run(step));
  console.log(`\nseed ${seed}`);
  for (const result of results) console.log(stepLine(result));
  process.exitCode = results.every(({ ok }) => ok) ? 0 : 1;
}
