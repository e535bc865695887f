import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { engineConfig, openEngine, type Engine } from '@lapse/engine';
import type { Io } from '../src/io.js';
import { run } from '../src/run.js';

const folders: string[] = [];
const engines: Engine[] = [];

export const tempFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'lapse-cli-'));
  folders.push(folder);
  return folder;
};

export const cleanUp = async (): Promise<void> => {
  for (const engine of engines.splice(0)) await engine.close();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
};

/** An engine that closes nothing by itself, with its log served where a port is asked for. */
export const engineOn = async (dataDir: string, more: object = {}): Promise<Engine> => {
  const engine = await openEngine({
    config: engineConfig.parse({ dataDir, ...more }),
    nowMs: Date.now,
    random: Math.random,
    setTimer: (ms, work) => {
      const timer = setTimeout(work, ms);
      return () => clearTimeout(timer);
    },
    sweeps: false,
  });
  engines.push(engine);
  return engine;
};

export const served = async (dataDir: string): Promise<{ engine: Engine; connection: string }> => {
  const engine = await engineOn(dataDir, { eventstoredbPort: 0 });
  return { engine, connection: `esdb://127.0.0.1:${engine.gateway?.address.port}?tls=false` };
};

export const sessionId = (number: number): string => `01HQ${String(number).padStart(22, '0')}`;

/** Sessions of several merchants that have been talked in. */
export const talk = async ({ commands }: Engine, sessions: number): Promise<void> => {
  for (let number = 0; number < sessions; number += 1) {
    const data = { merchantId: `m${number % 3}`, openedBy: 'buyer' } as const;
    await commands.openSession({ sessionId: sessionId(number), data });
    if (number % 2 === 0) continue;
    const events = [{ type: 'message-from-agent', data: { automated: false } } as const];
    await commands.append({ sessionId: sessionId(number), events });
  }
};

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** One call of `lapse`, as `main` makes it. */
export const lapse = async (args: readonly string[], more: Partial<Io> = {}): Promise<Ran> => {
  let [out, err] = ['', ''];
  const io: Io = {
    out: (text) => (out += text),
    err: (text) => (err += text),
    isTerminal: false,
    env: {},
    nowMs: Date.now,
    random: Math.random,
    signal: new AbortController().signal,
    ...more,
  };
  const code = await run(io, args);
  return { code, out, err };
};
