import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type fc from 'fast-check';
import { createProgram } from '../../src/program.js';
import { run } from '../../src/run.js';
import type { Io } from '../../src/io.js';
import { damaged } from './hostile.js';
import { FOLDER, type Input } from './input.js';
import { inputsFor } from './inputs.js';

/** Far above what any call takes, and it says so instead of hanging. */
const CALL_MS = 60_000;
const SESSIONS = 40;
/** 2026-03-01T10:00:00.000Z */
const T0 = Date.UTC(2026, 2, 1, 10);
/** These run until they are told to stop. */
const endless = new Set(['serve', 'tail', 'demo']);

/** The command line, called in this process: the same code as `lapse`, without starting Node each time. */
export interface FilesEdge {
  readonly inputs: fc.Arbitrary<readonly Input[]>;
  /** How often what came of it: `damage  store-corrupt`. */
  readonly counts: Map<string, number>;
  send(inputs: readonly Input[]): Promise<void>;
  settle(): Promise<void>;
  close(): Promise<void>;
}

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

const lapse = async (
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  stopped = false,
): Promise<Ran> => {
  let [out, err] = ['', ''];
  const io: Io = {
    out: (text) => (out += text),
    err: (text) => (err += text),
    isTerminal: false,
    env,
    nowMs: () => T0,
    random: Math.random,
    signal: stopped ? AbortSignal.abort() : new AbortController().signal,
  };
  return { code: await run(io, args), out, err };
};

/** A folder with a log and read models, as a server leaves it that was stopped in order. */
const makeTemplate = async (folder: string): Promise<void> => {
  const lines: string[] = [];
  for (let i = 0; i < SESSIONS; i++) {
    const at = (minutes: number): string => new Date(T0 + (i + minutes) * 60_000).toISOString();
    lines.push(JSON.stringify({ session: `c${i}`, seq: 0, type: 'opened', at: at(0), merchant: `m${i % 3}` }));
    lines.push(JSON.stringify({ session: `c${i}`, seq: 1, type: 'message-from-agent', at: at(1), len: i }));
  }
  const history = join(folder, 'history');
  writeFileSync(history, lines.join('\n'));
  const onFolder = ['--data-dir', folder];
  for (const args of [
    ['import', history, '--as-recorded'],
    ['config', 'set', 'm1', '50'],
    ['open', '--merchant', 'm1', '--session-id', '01HQ0000000000000000000001', '--buyer', 'b1'],
    ['append', '01HQ0000000000000000000001', 'queued', '--queue', 'returns'],
    ['open', '--merchant', 'm2', '--session-id', '01HQ0000000000000000000002'],
  ]) {
    mkdirSync(folder, { recursive: true });
    const { code, err } = await lapse([...args, ...onFolder]);
    if (code !== 0) throw new Error(`the template cannot be made: lapse ${args.join(' ')}: ${err}`);
  }
  rmSync(history);
};

export const openFilesEdge = async (): Promise<FilesEdge> => {
  const root = mkdtempSync(join(tmpdir(), 'lapse-fuzz-files-'));
  const template = join(root, 'template');
  mkdirSync(template);
  await makeTemplate(template);
  const edge = new Edge(root, template);
  const program = createProgram({ out: () => undefined, err: () => undefined } as unknown as Io);
  return Object.assign(edge, {
    inputs: inputsFor(program),
    close: () => Promise.resolve(rmSync(root, { recursive: true, force: true })),
  });
};

class Edge {
  readonly counts = new Map<string, number>();
  private played = 0;

  constructor(
    private readonly root: string,
    private readonly template: string,
  ) {}

  /** One after the other: they share a process, and what one leaves behind is looked at before the next. */
  async send(inputs: readonly Input[]): Promise<void> {
    for (const input of inputs) await this.play(input);
  }

  /** The template is what it was: no input has got out of its folder. */
  async settle(): Promise<void> {
    const { code, err } = await lapse(['doctor', '--data-dir', this.template]);
    if (code !== 0) throw new Error(`another folder was touched: ${err}`);
  }

  private async play(input: Input): Promise<void> {
    const folder = join(this.root, `input-${(this.played += 1)}`);
    mkdirSync(folder);
    for (const name of ['events.db', 'views.db']) copyFileSync(join(this.template, name), join(folder, name));
    try {
      this.prepare(folder, input);
      const place = (text: string): string => text.replaceAll(FOLDER, folder);
      const args = input.args.map(place);
      const env = Object.fromEntries(Object.entries(input.env).map(([name, value]) => [name, place(value)]));
      const isEndless = endless.has(args[0] ?? '') && !args.includes('--no-follow');
      const ran = await within(input, lapse(args, env, isEndless));
      const what = this.judge(input, ran);
      if (input.kind === 'history' && ran.code === 0) await this.checkImport(folder);
      const key = `${input.kind}  ${what}`;
      this.counts.set(key, (this.counts.get(key) ?? 0) + 1);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  private prepare(folder: string, { file }: Input): void {
    if (file === undefined) return;
    const path = join(folder, file.name);
    const there = existsSync(path) ? readFileSync(path) : Buffer.alloc(4_096, 7);
    const plain = file.text === undefined ? there : Buffer.from(file.text);
    writeFileSync(path, file.faults.reduce(damaged, file.gzip === true ? gzipSync(plain) : plain));
  }

  /** Throws where a call ends in a way that nobody can do anything with. Gives its code. */
  private judge(input: Input, { code, out, err }: Ran): string {
    const shown = `lapse ${input.args.join(' ').slice(0, 200)}: ${code} ${err.slice(-1_500)}`;
    if (![0, 1, 2, 130].includes(code)) throw new Error(`no exit code of ours: ${shown}`);
    if (/\n\s+at .*[:(]/.test(err)) throw new Error(`a stack: ${shown}`);
    if (err.includes('changeit') || out.includes('changeit')) throw new Error(`the password is told: ${shown}`);
    if (code === 0) return 'done';
    if (code === 130) return 'cancelled';
    const told = codeIn(err);
    if (told === undefined) throw new Error(`no code: ${shown}`);
    if (told === 'internal-error' || !/^[a-z][a-z-]+$/.test(told))
      throw new Error(`a code that says nothing: ${shown}`);
    return told;
  }

  /** What was imported can be read, and is all there. */
  private async checkImport(folder: string): Promise<void> {
    const dataDir = ['--data-dir', join(folder, 'new')];
    const log = await lapse(['tail', '--no-follow', '--json', ...dataDir]);
    if (log.code !== 0) throw new Error(`imported, and cannot be read: ${log.err}`);
    const sessions = new Map<string, string[]>();
    for (const line of log.out.split('\n').filter((text) => text !== '')) {
      const { stream, type } = JSON.parse(line) as { stream: string; type: string };
      sessions.set(stream, [...(sessions.get(stream) ?? []), type]);
    }
    for (const [stream, types] of sessions) {
      const isWhole = !stream.startsWith('session-') || (types[0] === 'opened' && types[1] === 'config-version');
      if (!isWhole) throw new Error(`imported by halves: ${stream} has ${types.join(', ')}`);
    }
  }
}

const codeIn = (err: string): string | undefined => {
  const last = err.trimEnd().split('\n').at(-1) ?? '';
  if (last.startsWith('{"error"')) return (JSON.parse(last) as { error: { code: string } }).error.code;
  const lines = [...err.matchAll(/^lapse: ([\w-]+): /gm)];
  return lines.at(-1)?.[1] ?? (err.includes('error: ') || err.includes('Usage: ') ? 'usage' : undefined);
};

const within = async <T>(input: Input, work: Promise<T>): Promise<T> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => reject(new Error(`not over within ${CALL_MS} ms: lapse ${input.args.join(' ').slice(0, 500)}`)),
      CALL_MS,
    );
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
};
