// Makes the checkout ready to run: a Node that is new enough, the packages of the lock file, the built sources.
// Works on a bare clone, so it imports nothing that would have to be installed first: node scripts/ensure.mjs
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));
const NODE_MIN = [20, 19];

const say = (line) => process.stderr.write(`${line}\n`);

/** Ends the process: with a message where the child could not tell one itself. */
const runOrExit = (command, args, what) => {
  const result = spawnSync(command, args, { cwd: root, stdio: ['ignore', process.stderr, process.stderr] });
  if (result.status === 0) return;
  say(`lapse: ${what} failed${result.error ? `: ${result.error.message}` : ''}`);
  process.exit(result.status || 1);
};

const checkNode = () => {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > NODE_MIN[0] || (major === NODE_MIN[0] && minor >= NODE_MIN[1])) return;
  say(`lapse: Node ${NODE_MIN.join('.')} or newer is needed, this is ${process.versions.node} (https://nodejs.org/)`);
  process.exit(1);
};

const packagesOf = (file) => {
  try {
    return JSON.parse(readFileSync(join(root, file), 'utf8')).packages;
  } catch {
    return undefined;
  }
};

/**
 * Whether node_modules holds what package-lock.json asks for. npm writes its own lock file there at the end of every
 * install, so an interrupted one, another branch's and an `npm install` by hand are all told apart without a stamp.
 */
export const isInstalled = (wanted, present) => {
  if (!wanted || !present) return false;
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === '' || !path.includes('node_modules/') || entry.optional || entry.devOptional) return true;
    const found = present[path];
    return found !== undefined && found.version === entry.version && found.integrity === entry.integrity;
  });
};

const install = () => {
  if (isInstalled(packagesOf('package-lock.json'), packagesOf('node_modules/.package-lock.json'))) return;
  say('lapse: installing packages (npm ci)');
  // NODE_ENV=production would leave out the compiler.
  runOrExit('npm', ['ci', '--include=dev', '--no-fund', '--no-audit'], 'npm ci');
};

const build = () => {
  const tsc = join(root, 'node_modules/typescript/lib/tsc.js');
  if (!existsSync(tsc)) {
    say('lapse: the TypeScript compiler is not installed; remove node_modules and try again');
    process.exit(1);
  }
  runOrExit(process.execPath, [tsc, '--build'], 'the build');
};

/** Ends the process with a message and a code when the checkout cannot be made ready. */
export const ensureInstalled = () => {
  checkNode();
  install();
};

export const ensure = () => {
  ensureInstalled();
  build();
};

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) ensure();
