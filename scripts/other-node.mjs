// Other versions of Node, from npm, for the suites whose subject differs between them. They stand in .cache: as a
// dependency they would become the `node` of every script.
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './ensure.mjs';
import { runStep } from './steps.mjs';

const INSTALL_MAX_MS = 3 * 60_000;

// What npm's package `node` would choose itself, by an install script that not every npm runs.
const packageName = () => {
  const prefix = process.platform === 'darwin' && process.arch === 'arm64' ? 'node-bin' : 'node';
  return `${prefix}-${process.platform}-${process.arch}`;
};

const versionOf = (binary) => spawnSync(binary, ['--version'], { encoding: 'utf8' }).stdout?.trim();

/** `{ binary, version }`, or `{ problem }`: an earlier copy does, else the registry must be within reach. */
export const nodeOf = async (major) => {
  const folder = join(root, '.cache', `node-${major}`);
  const binary = join(folder, 'node_modules', packageName(), 'bin/node');
  const isRight = (version) => version?.startsWith(`v${major}.`);

  const kept = versionOf(binary);
  if (isRight(kept)) return { binary, version: kept };

  mkdirSync(folder, { recursive: true });
  const { ok, output } = await runStep({
    name: `node-${major}`,
    command: 'npm',
    args: ['install', '--no-save', '--no-package-lock', '--prefix', folder, `${packageName()}@${major}`],
    timeoutMs: INSTALL_MAX_MS,
  });
  const version = versionOf(binary);
  if (ok && isRight(version)) return { binary, version };
  const why = output.trim().split('\n').slice(0, 8).join('\n  ');
  return { problem: `Node ${major} could not be brought from npm, so nothing was tested on it:\n  ${why}` };
};
