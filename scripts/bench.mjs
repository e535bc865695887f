// npm run bench -- [NAME] [--quick] [--json]: runs scripts/bench/NAME.ts; without a name, says which there are
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ensure, root } from './ensure.mjs';

const folder = join(root, 'scripts/bench');
const dist = join(folder, 'dist');

/** A bench that was renamed or removed would go on being listed. */
const removeStale = () => {
  if (!existsSync(dist)) return;
  for (const file of readdirSync(dist))
    if (file.endsWith('.js') && !existsSync(join(folder, file.replace(/js$/, 'ts')))) rmSync(join(dist, file));
};

const node = (args, stdio) => spawnSync(process.execPath, args, { cwd: root, stdio }).status ?? 1;

ensure();
removeStale();
const toStderr = ['ignore', process.stderr, process.stderr];
const compiled = node([join(root, 'node_modules/typescript/lib/tsc.js'), '-p', folder], toStderr);
process.exitCode =
  compiled ||
  node(['--expose-gc', join(dist, 'lib/main.js'), ...process.argv.slice(2)], ['ignore', 'inherit', 'inherit']);
