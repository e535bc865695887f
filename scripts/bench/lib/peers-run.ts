import { execFile, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export interface PeerMeasured {
  readonly events: number;
  readonly closed: number;
  readonly perSecond: number;
}

/** Beside the sources, not beside the compiled files: the peers are no part of what is compiled. */
const folder = fileURLToPath(new URL('../../peers/', import.meta.url));
const INSTALL_MS_MAX = 900_000;
const RUN_MS_MAX = 1_800_000;

/**
 * Installs the peers into their own folder, once. Answers why that did not work, or undefined. sqlite3 is built from its source
 * where no binary of it can be had: that takes make, a C++ compiler and Node's headers, and some minutes.
 */
export const installPeers = (log: (line: string) => void): string | undefined => {
  if (existsSync(`${folder}node_modules/.package-lock.json`)) return undefined;
  log('installing the peers into scripts/bench/peers; this may take some minutes');
  const env = existsSync('/usr/include/node/node.h') ? { npm_config_nodedir: '/usr' } : {};
  const { status, stderr } = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], {
    cwd: folder,
    env: { ...process.env, ...env },
    encoding: 'utf8',
    timeout: INSTALL_MS_MAX,
  });
  return status === 0
    ? undefined
    : `npm ci in scripts/bench/peers failed: ${stderr.trim().split('\n').slice(-3).join(' ')}`;
};

export const runPeer = async (program: string, ...args: readonly string[]): Promise<PeerMeasured> => {
  const { stdout } = await promisify(execFile)(process.execPath, [`${folder}${program}`, ...args], {
    cwd: folder,
    timeout: RUN_MS_MAX,
  });
  return JSON.parse(stdout.trim().split('\n').at(-1) as string) as PeerMeasured;
};
