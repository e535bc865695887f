// npm run simulate -- [--seed N] [--runs M] [--minutes T] [--shrink TRIES]: plays M worlds from seed N on, for T minutes at
// most. Says how much was played and what went wrong in it; where a promise was broken, the seed, the shortest script, the stream.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ensure, root } from './ensure.mjs';

const whole = (name, text) => {
  if (/^[0-9]{1,10}$/.test(text)) return Number(text);
  console.error(`--${name} must be a whole number, not ${text}`);
  process.exit(2);
};

ensure();
// Only now: on a bare clone what it imports was not there before.
const { bundleSimulation, modulePath } = await import('./simulation/bundle.mjs');
const fresh = String(Math.floor(Math.random() * 2 ** 31));
const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: fresh },
    runs: { type: 'string', default: '200' },
    minutes: { type: 'string', default: '10' },
    shrink: { type: 'string', default: '400' },
  },
});
const folder = mkdtempSync(join(tmpdir(), 'lapse-simulate-'));
try {
  const bundle = join(folder, 'simulation.mjs');
  await bundleSimulation(bundle);
  const numbers = ['seed', 'runs', 'minutes', 'shrink'].map((name) => String(whole(name, values[name])));
  const worlds = join(root, 'scripts/simulate-worlds.mjs');
  const env = { ...process.env, ...modulePath };
  process.exitCode = spawnSync(process.execPath, [worlds, bundle, ...numbers], { stdio: 'inherit', env }).status ?? 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
