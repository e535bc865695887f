import { spawn, spawnSync, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));
const MAIN = join(ROOT, 'packages/cli/dist/main.js');

/** Builds the command line once where nobody has; `npm test` has done it before any test runs. */
export const ensureBuilt = (): void => {
  if (existsSync(MAIN)) return;
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
  const built = spawnSync(process.execPath, [tsc, '--build', 'packages/cli'], { cwd: ROOT, encoding: 'utf8' });
  if (built.status !== 0) throw new Error(`the build failed: ${built.stdout}${built.stderr}`);
};

const folders: string[] = [];
const running = new Set<Running>();

export const tempFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'lapse-cli-'));
  folders.push(folder);
  return folder;
};

export const cleanUp = async (): Promise<void> => {
  for (const one of [...running]) await one.end('SIGKILL');
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
};

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

export interface ProcessOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** `lapse` as a process of its own, without the settings of whoever runs the tests. */
export class Running {
  out = '';
  err = '';
  readonly ended: Promise<Ended>;
  readonly child: ChildProcessWithoutNullStreams;

  constructor(args: readonly string[], { env = {}, cwd }: ProcessOptions = {}) {
    const inherited = Object.entries(process.env).filter(([name]) => !/^(LAPSE_|NODE_OPTIONS|JEST_)/.test(name));
    this.child = spawn(process.execPath, [MAIN, ...args], { cwd, env: { ...Object.fromEntries(inherited), ...env } });
    this.child.stdin.end();
    this.child.stdout.setEncoding('utf8').on('data', (text: string) => (this.out += text));
    this.child.stderr.setEncoding('utf8').on('data', (text: string) => (this.err += text));
    running.add(this);
    this.ended = new Promise((resolve, reject) => {
      this.child.on('error', reject);
      this.child.on('close', (code, signal) => {
        running.delete(this);
        resolve({ code, signal, out: this.out, err: this.err });
      });
    });
  }

  end(signal: NodeJS.Signals): Promise<Ended> {
    this.child.kill(signal);
    return this.ended;
  }

  /** Waits until stdout says it; fails with what was said instead once the process has ended. */
  async says(what: RegExp): Promise<RegExpExecArray> {
    let hasEnded = false;
    void this.ended.then(() => (hasEnded = true));
    for (;;) {
      const found = what.exec(this.out);
      if (found !== null) return found;
      if (hasEnded) throw new Error(`it ended without saying ${String(what)}: ${this.out}${this.err}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}

export const lapse = (args: readonly string[], options: ProcessOptions = {}): Promise<Ended> =>
  new Running(args, options).ended;

/** A verb that must work: its one line of JSON. */
export const lapseJson = async <T>(args: readonly string[], options: ProcessOptions = {}): Promise<T> => {
  const { code, out, err } = await lapse([...args, '--json'], options);
  if (code !== 0 || err !== '') throw new Error(`lapse ${args.join(' ')} ended with ${code}: ${err}`);
  return JSON.parse(out) as T;
};

export interface Served {
  readonly url: string;
  readonly process: Running;
}

/** `lapse serve` on a free port, ready for requests. */
export const serve = async (dataDir: string, ...flags: readonly string[]): Promise<Served> => {
  const process = new Running(['serve', '--data-dir', dataDir, '--port', '0', '--log-level', 'warn', ...flags]);
  const [, url = ''] = await process.says(/Lapse is up at (http:\/\/\S+)/);
  return { url, process };
};

export const post = async <T>(url: string, body: unknown): Promise<{ status: number; body: T }> => {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  return { status: response.status, body: (await response.json()) as T };
};

/** Waits for something that another process will bring about; jest's own limit ends it. */
export const until = async (holds: () => boolean | Promise<boolean>): Promise<void> => {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 10));
};
