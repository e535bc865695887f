import { spawn, type ChildProcessByStdio } from 'node:child_process';
import type { Readable } from 'node:stream';
import type { Tools } from './tools.js';
import { until } from './tools.js';

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  /** The last of it. */
  readonly err: string;
}

/** Limits that the system holds the process to, as a shell sets them. They may be raised again while it runs. */
export interface SoftLimits {
  readonly openFiles?: number;
  /** No file may become larger. */
  readonly fileKib?: number;
}

export interface Launch {
  /** The command line's `main.js`. */
  readonly main: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly softLimits?: SoftLimits;
}

const ERR_CHARS_KEPT = 200_000;
const START_MS_MAX = 60_000;

/** `ulimit -f` counts blocks of 512 bytes in every shell that answers to the name `sh`. */
const ulimits = ({ openFiles, fileKib }: SoftLimits): string =>
  [
    openFiles === undefined ? '' : `ulimit -S -n ${openFiles}; `,
    fileKib === undefined ? '' : `ulimit -S -f ${fileKib * 2}; `,
  ].join('');

/** `lapse` as a process of its own. */
export class LapseProcess {
  out = '';
  err = '';
  readonly ended: Promise<Ended>;
  hasEnded = false;
  private readonly child: ChildProcessByStdio<null, Readable, Readable>;

  constructor({ main, args, env, softLimits }: Launch) {
    const command = [process.execPath, main, ...args];
    const [file, ...rest] =
      softLimits === undefined ? command : ['sh', '-c', `${ulimits(softLimits)}exec "$@"`, 'sh', ...command];
    this.child = spawn(file as string, rest, { ...(env && { env }), stdio: ['ignore', 'pipe', 'pipe'] });
    this.child.stdout.setEncoding('utf8').on('data', (text: string) => (this.out += text));
    this.child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.err = (this.err + text).slice(-ERR_CHARS_KEPT);
    });
    this.ended = new Promise((resolve, reject) => {
      this.child.on('error', reject);
      this.child.on('close', (code, signal) => {
        this.hasEnded = true;
        resolve({ code, signal, out: this.out, err: this.err });
      });
    });
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  end(signal: NodeJS.Signals): Promise<Ended> {
    this.child.kill(signal);
    return this.ended;
  }

  /** Waits until stdout says it. Rejects with what was said instead once the process has ended. */
  async says(what: RegExp, tools: Pick<Tools, 'nowMs' | 'setTimer'>): Promise<RegExpExecArray> {
    await until(tools, String(what), START_MS_MAX, () => this.hasEnded || what.test(this.out));
    const found = what.exec(this.out);
    if (found === null) throw new Error(`it ended without saying ${String(what)}: ${this.out}${this.err}`);
    return found;
  }
}
