// Runs jest with the flag that ES modules need there: node scripts/jest.mjs [jest arguments]
import { spawnSync } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { root } from './ensure.mjs';

/** What `node` is handed to run jest. */
export const jestArguments = (args) => [
  '--experimental-vm-modules',
  '--disable-warning=ExperimentalWarning',
  join(root, 'node_modules/jest/bin/jest.js'),
  ...args,
];

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const result = spawnSync(process.execPath, jestArguments(process.argv.slice(2)), { cwd: root, stdio: 'inherit' });
  process.exit(result.status ?? 1);
}
