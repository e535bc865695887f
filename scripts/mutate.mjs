// npm run mutate -- [--seed N] [--runs M] [--only TEXT]: plants one bug at a time in a copy of the sources and plays up to M
// worlds with it. Prints for each bug what caught it; exit 1 where one was not caught. The test of the simulation.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensure, root } from './ensure.mjs';
import { readOptions } from './options.mjs';

const options = readOptions({
  what: 'Plants one bug at a time in a copy of the sources and plays worlds until one fails. Exit 1: a bug was not caught.',
  usage: 'npm run mutate -- [--seed N] [--runs M] [--minutes T] [--only TEXT]',
  flags: {
    seed: { takes: 'N', says: 'seed of the first world', otherwise: 1, max: 2 ** 32 - 1 },
    runs: { takes: 'M', says: 'worlds for each bug, at most', otherwise: 1_500, min: 1 },
    minutes: { takes: 'T', says: 'minutes for each bug, at most', otherwise: 4, isFraction: true, max: 100_000 },
    only: { takes: 'TEXT', says: 'only bugs whose name holds this', otherwise: '' },
  },
  examples: [
    'npm run mutate                                         the whole table',
    'npm run mutate -- --only deadline --seed 5000          some of it, in other worlds',
  ],
});

ensure();
const { bundleSimulation, modulePath } = await import('./simulation/bundle.mjs');
const { mutants } = await import('./simulation/mutants.mjs');

const worlds = join(root, 'scripts/simulate-worlds.mjs');
const env = { ...process.env, ...modulePath };

/** How many worlds it took, and which promise was seen broken; undefined for a bug that nobody noticed. */
const caughtBy = (bundle) => {
  const { seed, runs, minutes } = options;
  const timeout = (minutes + 1) * 60_000;
  const child = spawnSync(process.execPath, [worlds, bundle, ...[seed, runs, minutes, 0].map(String)], {
    env,
    timeout,
    encoding: 'utf8',
  });
  if (child.status === 0) return undefined;
  if (child.signal !== null) return { promise: 'a world never came to rest', seed: undefined };
  const broken = /^broken: (\S+)/m.exec(child.stdout)?.[1];
  const caughtIn = /^seed (\d+)$/m.exec(child.stdout)?.[1];
  return { promise: broken ?? 'it crashed', seed: caughtIn };
};

const folder = mkdtempSync(join(tmpdir(), 'lapse-mutate-'));
let missed = 0;
try {
  const wanted = mutants.filter(({ name }) => name.includes(options.only));
  console.log('| planted bug | caught | by the promise | worlds until then |\n| --- | --- | --- | --- |');
  for (const [i, mutant] of wanted.entries()) {
    const bundle = join(folder, `mutant-${i}.mjs`);
    await bundleSimulation(bundle, mutant);
    const caught = caughtBy(bundle);
    if (caught === undefined) missed += 1;
    const played = caught === undefined ? options.runs : caught.seed && Number(caught.seed) - options.seed + 1;
    console.log(`| ${mutant.name} | ${caught ? 'yes' : 'NO'} | ${caught?.promise ?? ''} | ${played ?? ''} |`);
  }
  console.log(`\n${wanted.length - missed} of ${wanted.length} caught`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exitCode = missed === 0 ? 0 : 1;
