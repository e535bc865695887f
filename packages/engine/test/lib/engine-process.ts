import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const running = new Set<EngineProcess>();

/** An engine that can be killed as a machine kills it. */
export class EngineProcess {
  private readonly process: ChildProcessWithoutNullStreams;
  private readonly lines: AsyncIterator<string>;
  private readonly ended: Promise<void>;
  private stderr = '';

  constructor(config: object) {
    const child = [
      '--import',
      path('../../../../scripts/test/sources/register.mjs'),
      path('./engine-child.ts'),
      JSON.stringify(config),
    ];
    this.process = spawn(process.execPath, child);
    this.process.stderr.on('data', (text: Buffer) => (this.stderr += text.toString()));
    this.lines = createInterface(this.process.stdout)[Symbol.asyncIterator]();
    this.ended = new Promise((resolve) => this.process.on('close', () => resolve()));
    running.add(this);
  }

  /** Its gateway's port once it runs, 0 for an engine without one. */
  started(): Promise<number> {
    return this.number();
  }

  /** Lets it end in order. Resolves with how many sessions it has closed. */
  async end(): Promise<number> {
    this.process.stdin.end();
    const closed = await this.number();
    await this.ended;
    running.delete(this);
    return closed;
  }

  /** kill -9. Resolves once the process is gone. */
  async kill(): Promise<void> {
    this.process.kill('SIGKILL');
    await this.ended;
    running.delete(this);
  }

  private async number(): Promise<number> {
    const { value, done } = await this.lines.next();
    if (done === true) throw new Error(`the engine ended early: ${this.stderr}`);
    return Number(value);
  }
}

export const killAll = async (): Promise<void> => {
  for (const one of running) await one.kill();
};
