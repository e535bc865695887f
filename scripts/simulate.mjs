// npm run simulate -- [--seed N] [--runs M] [--minutes T] [--shrink TRIES]: plays M worlds from seed N on, for T minutes at
// most. Says how much was played and what went wrong in it; where a promise was broken, the seed, the shortest script, the stream.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensure, root } from './ensure.mjs';
import { readOptions } from './options.mjs';

const options = readOptions({
  what: 'Plays simulated worlds, one for each seed, and holds each against the rules. Exit 1: a promise was broken.',
  usage: 'npm run simulate -- [--seed N] [--runs M] [--minutes T] [--shrink TRIES]',
  flags: {
    seed: { takes: 'N', says: 'seed of the first world; left out, a fresh one, which is printed', max: 2 ** 32 - 1 },
    runs: { takes: 'M', says: 'how many worlds, one seed after the other', otherwise: 200, min: 1 },
    minutes: { takes: 'T', says: 'stop after so long', otherwise: 10, isFraction: true, max: 100_000 },
    shrink: { takes: 'TRIES', says: 'how often a script that fails is tried shorter', otherwise: 400 },
  },
  examples: [
    'npm run simulate                                       200 worlds that nobody has seen before',
    'npm run simulate -- --seed 4711 --runs 1               one world again',
    'npm run simulate -- --runs 100000 --minutes 60         an hour of worlds',
  ],
});

ensure();
// Only now: on a bare clone what it imports was not there before.
const { bundleSimulation, modulePath } = await import('./simulation/bundle.mjs');
const folder = mkdtempSync(join(tmpdir(), 'lapse-simulate-'));
try {
  const bundle = join(folder, 'simulation.mjs');
  await bundleSimulation(bundle);
  const { seed = Math.floor(Math.random() * 2 ** 31), runs, minutes, shrink } = options;
  const worlds = join(root, 'scripts/simulate-worlds.mjs');
  const env = { ...process.env, ...modulePath };
  const args = [worlds, bundle, seed, runs, minutes, shrink].map(String);
  process.exitCode = spawnSync(process.execPath, args, { stdio: 'inherit', env }).status ?? 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
