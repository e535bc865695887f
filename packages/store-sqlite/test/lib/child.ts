import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** A kill may tear the last line: it has not been said. */
async function* wholeLines(stdout: AsyncIterable<Buffer>): AsyncGenerator<string, undefined> {
  let rest = '';
  for await (const bytes of stdout) {
    const lines = (rest + bytes.toString('latin1')).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  return undefined;
}

/** A process of its own that runs one of the programs in this folder and says on stdout, line by line, what it has done. */
export class Child {
  private readonly process: ChildProcessWithoutNullStreams;
  private readonly ended: Promise<void>;
  private stderr = '';
  private readonly lines: AsyncGenerator<string, undefined>;

  /** `shell` may wrap the command, to set a limit for instance: it gets the command as its arguments. */
  constructor(program: string, args: readonly string[], shell?: string) {
    const command = [
      process.execPath,
      '--import',
      path('../../../../scripts/test/sources/register.mjs'),
      path(`./${program}`),
      ...args,
    ];
    const [file, ...rest] = shell === undefined ? command : ['sh', '-c', shell, 'sh', ...command];
    this.process = spawn(file!, rest);
    this.ended = new Promise((resolve) => {
      this.process.on('close', () => resolve());
    });
    this.process.stderr.on('data', (text: Buffer) => (this.stderr += text.toString()));
    this.lines = wholeLines(this.process.stdout);
  }

  /** The next line; fails with what the child said on stderr if it has ended instead. */
  async line(): Promise<string> {
    const { value, done } = await this.lines.next();
    if (done !== true) return value;
    throw new Error(`the child ended early: ${this.stderr}`);
  }

  /** kill -9. Resolves with the lines that nobody has read yet, once the process is gone. */
  async kill(): Promise<string[]> {
    this.process.kill('SIGKILL');
    const rest: string[] = [];
    for await (const line of this.lines) rest.push(line);
    await this.ended;
    return rest;
  }
}
