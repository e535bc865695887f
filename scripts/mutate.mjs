// npm run mutate -- [--seed N] [--runs M] [--only TEXT]: plants one bug at a time in a copy of the sources and plays up to M
// worlds with it. Prints for each bug what caught it; exit 1 where one was not caught. The test of the simulation.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ensure, root } from './ensure.mjs';

ensure();
const { bundleSimulation, modulePath } = await import('./simulation/bundle.mjs');
const { mutants } = await import('./simulation/mutants.mjs');
const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    runs: { type: 'string', default: '1500' },
    minutes: { type: 'string', default: '4' },
    only: { type: 'string', default: '' },
  },
});

const worlds = join(root, 'scripts/simulate-worlds.mjs');
const env = { ...process.env, ...modulePath };

/** How many worlds it took, and which promise was seen broken; undefined for a bug that nobody noticed. */
const caughtBy = (bundle) => {
  const { seed, runs, minutes } = values;
  const timeout = (Number(minutes) + 1) * 60_000;
  const child = spawnSync(process.execPath, [worlds, bundle, seed, runs, minutes, '0'], {
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
  const wanted = mutants.filter(({ name }) => name.includes(values.only));
  console.log('| planted bug | caught | by the promise | worlds until then |\n| --- | --- | --- | --- |');
  for (const [i, mutant] of wanted.entries()) {
    const bundle = join(folder, `mutant-${i}.mjs`);
    await bundleSimulation(bundle, mutant);
    const caught = caughtBy(bundle);
    if (caught === undefined) missed += 1;
    const played = caught === undefined ? values.runs : caught.seed && Number(caught.seed) - Number(values.seed) + 1;
    console.log(`| ${mutant.name} | ${caught ? 'yes' : 'NO'} | ${caught?.promise ?? ''} | ${played ?? ''} |`);
  }
  console.log(`\n${wanted.length - missed} of ${wanted.length} caught`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exitCode = missed === 0 ? 0 : 1;
