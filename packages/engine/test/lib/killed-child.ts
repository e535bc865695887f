import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface Ended {
  readonly said: readonly string[];
  readonly signal: NodeJS.Signals | null;
  readonly complaints: string;
}

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** Runs a program of this folder until it ends, or is killed so long after it has said its first line. */
export const runAndKill = async (program: string, args: readonly string[], lifeMs: number): Promise<Ended> => {
  const sources = ['--import', path('../../../../scripts/test/sources/register.mjs')];
  const child = spawn(process.execPath, [...sources, path(program), ...args]);
  let complaints = '';
  child.stderr.on('data', (text: Buffer) => (complaints += text.toString()));
  const ended = new Promise<NodeJS.Signals | null>((resolve) => child.on('close', (_code, signal) => resolve(signal)));
  const said: string[] = [];
  let killing: NodeJS.Timeout | undefined;
  for await (const line of createInterface(child.stdout)) {
    if (said.push(line) === 1) killing = setTimeout(() => child.kill('SIGKILL'), lifeMs);
  }
  const signal = await ended;
  clearTimeout(killing);
  return { said, signal, complaints };
};
