import { execFileSync, spawn } from 'node:child_process';
import { chownSync, existsSync, readdirSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';

export interface TempPostgresql {
  readonly connection: string;
  stop(): Promise<void>;
}

const ROOT = '/usr/lib/postgresql';
const START_ATTEMPTS_MAX = 300;

/** Debian's programs, the newest; undefined where there are none. */
export const findPostgresql = (): string | undefined => {
  const versions = existsSync(ROOT) ? readdirSync(ROOT).sort((a, b) => Number(b) - Number(a)) : [];
  return versions.map((version) => join(ROOT, version, 'bin')).find((bin) => existsSync(join(bin, 'initdb')));
};

/** PostgreSQL refuses to run as root: then it runs as Debian's user for it. */
const runAs = (): { readonly uid: number; readonly gid: number } | undefined => {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag: string): number => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
};

/** A server of its own on the loopback, with its data in `folder` and its usual settings, `fsync` among them. */
export const startPostgresql = async (bin: string, folder: string): Promise<TempPostgresql> => {
  const user = runAs();
  if (user !== undefined) chownSync(folder, user.uid, user.gid);
  const data = join(folder, 'data');
  const options = { ...user, cwd: folder, stdio: 'ignore' } as const;
  execFileSync(
    join(bin, 'initdb'),
    ['-D', data, '-U', 'bench', '--auth=trust', '--encoding=UTF8', '--no-locale'],
    options,
  );
  const port = await freePort();
  const server = spawn(
    join(bin, 'postgres'),
    ['-D', data, '-h', '127.0.0.1', '-p', String(port), '-k', folder],
    options,
  );
  const ended = new Promise<void>((resolve) => server.on('close', () => resolve()));
  const stop = async (): Promise<void> => {
    server.kill('SIGINT');
    await ended;
  };
  const stopWithUs = (): void => void server.kill('SIGINT');
  process.once('exit', stopWithUs);
  for (let attempt = 0; attempt < START_ATTEMPTS_MAX && !isReady(bin, port); attempt++) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return { connection: `postgresql://bench@127.0.0.1:${port}/postgres`, stop };
};

const isReady = (bin: string, port: number): boolean => {
  try {
    execFileSync(join(bin, 'pg_isready'), ['-h', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const probe = createServer();
    probe.on('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
