// npm run fuzz -- [--inputs N] [--seed S] [--edge NAME] [--minutes T]: hostile inputs to every edge of Lapse, by the thousand.
// Prints what was sent and how it was answered; where a promise was broken, the seed and the shortest input that still does it.
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { ensure, root } from './ensure.mjs';
import { readOptions } from './options.mjs';

const EDGES = ['all', 'http', 'gateway', 'files'];

const command = {
  what: 'Sends what no client should to HTTP, to the EventStoreDB gateway, and into files and settings. Exit 1: a promise was broken.',
  usage: 'npm run fuzz -- [--inputs N] [--seed S] [--edge NAME] [--minutes T]',
  flags: {
    inputs: { takes: 'N', says: 'how many inputs, shared among the edges', otherwise: 20_000, min: 1 },
    seed: { takes: 'S', says: 'seed of the first batch; left out, a fresh one, which is printed', max: 2 ** 31 - 1 },
    edge: { takes: 'TEXT', says: `one of ${EDGES.join(', ')}`, otherwise: 'all' },
    minutes: { takes: 'T', says: 'stop after so long', otherwise: 10, isFraction: true, max: 100_000 },
  },
  examples: [
    'npm run fuzz                                                20 000 inputs that nobody has sent before',
    'npm run fuzz -- --edge http --seed 4711 --inputs 1          one batch again, as a failure prints it',
    'npm run fuzz -- --inputs 1000000 --minutes 600              a night',
  ],
};
const options = readOptions(command);
if (!EDGES.includes(options.edge)) {
  process.stderr.write(`--edge must be one of ${EDGES.join(', ')}, not ${options.edge}\nusage: ${command.usage}\n`);
  process.exit(2);
}

ensure();
// Only now: on a bare clone what it imports was not there before.
const { bundleFuzz } = await import('./fuzz/bundle.mjs');
const bundle = join(root, 'scripts/fuzz/dist', `fuzz-${process.pid}.mjs`);
try {
  await bundleFuzz(bundle);
  const { seed = Math.floor(Math.random() * 2 ** 31), inputs, edge, minutes } = options;
  // The first Ctrl-C ends it between two batches, with its counts.
  process.on('SIGINT', () => undefined);
  const args = ['--expose-gc', bundle, edge, seed, inputs, minutes].map(String);
  process.exitCode = spawnSync(process.execPath, args, { stdio: 'inherit' }).status ?? 1;
} finally {
  rmSync(bundle, { force: true });
}
