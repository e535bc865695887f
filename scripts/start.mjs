// npm start [-- options of `lapse serve`]: makes the checkout ready, then serves from ./lapse-data
// package.json starts it with `exec`: a shell between npm and this would die of a signal and leave the server behind.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { ensure, root } from './ensure.mjs';

ensure();

const main = join(root, 'packages/cli/dist/main.js');
if (!existsSync(main)) {
  process.stderr.write('lapse: packages/cli has no main.js to start\n');
  process.exit(1);
}

// Later options win, so a --data-dir handed in replaces this one.
const args = [main, 'serve', '--data-dir', './lapse-data', ...process.argv.slice(2)];
const server = spawn(process.execPath, args, { cwd: root, stdio: 'inherit' });

// A terminal sends Ctrl-C to the whole group: passing it on would be the second one, which means "at once".
process.on('SIGINT', () => {
  if (!process.stdin.isTTY) server.kill('SIGINT');
});
process.on('SIGTERM', () => server.kill('SIGTERM'));

server.on('error', (error) => {
  process.stderr.write(`lapse: ${error.message}\n`);
  process.exit(1);
});
server.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
