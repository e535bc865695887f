import { afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import * as w from './lib/process.js';

// Processes of their own, on machines that have other things to do.
jest.setTimeout(300_000);

beforeAll(w.ensureBuilt);
afterEach(w.cleanUp);

interface Line {
  readonly position: string;
  readonly stream: string;
  readonly revision: number;
  readonly type: string;
}

const open = async (dataDir: string, merchant = 'm1'): Promise<string> => {
  const flags = ['--merchant', merchant, '--data-dir', dataDir];
  return (await w.lapseJson<{ sessionId: string }>(['open', ...flags])).sessionId;
};

/** Starts to tail and waits until it is at the end: what comes now is live. */
const liveTail = async (dataDir: string, ...flags: string[]): Promise<w.Running> => {
  const tail = new w.Running(['tail', '--from-start', '--json', '--data-dir', dataDir, ...flags]);
  await tail.says(/"type":"opened"/);
  return tail;
};

const linesOf = (text: string): Line[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);

describe('lapse tail', () => {
  it('sees live what another process appends beside it, each event once and in order', async () => {
    const dataDir = w.tempFolder();
    const { url } = await w.serve(dataDir);
    const first = await open(dataDir);
    const tail = await liveTail(dataDir);
    const sent = 300;
    for (let i = 0; i < sent; i += 50) {
      const messages = Array.from({ length: 50 }, () =>
        w.post(`${url}/v1/sessions/${first}/events`, { type: 'message-from-buyer' }),
      );
      for (const { status } of await Promise.all(messages)) expect(status).toBe(201);
    }
    await w.until(() => (tail.out.match(/message-from-buyer/g) ?? []).length === sent);
    const { code, out, err } = await tail.end('SIGINT');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const lines = linesOf(out);
    expect(lines.map(({ position }) => Number(position))).toEqual(lines.map((_, i) => i + 1));
    const messages = lines.filter(({ type }) => type === 'message-from-buyer');
    expect(messages.map(({ revision }) => revision)).toEqual(messages.map((_, i) => i + 2));
  });

  it('sees what a verb without a server writes', async () => {
    const dataDir = w.tempFolder();
    await open(dataDir);
    const tail = await liveTail(dataDir);
    const second = await open(dataDir);
    await tail.says(new RegExp(`"session-${second}","revision":1`));
    expect(await tail.end('SIGTERM')).toMatchObject({ code: 0, err: '' });
  });

  it('of one session, or of one merchant, shows nothing else', async () => {
    const dataDir = w.tempFolder();
    const [first, second] = [await open(dataDir), await open(dataDir, 'm12')];
    await open(dataDir, 'm1');
    const streams = async (...flags: string[]): Promise<string[]> => {
      const { out } = await w.lapse(['tail', '--no-follow', '--json', '--data-dir', dataDir, ...flags]);
      return linesOf(out).map(({ stream }) => stream);
    };
    expect(await streams('--session', second)).toEqual([`session-${second}`, `session-${second}`]);
    // m1 is also how m12 begins.
    expect(await streams('--merchant', 'm1')).toEqual(['merchant-m1']);
    expect(await streams()).toHaveLength(8);
    expect(first).not.toBe(second);
  });

  it('begins with what comes from now on, unless it is asked for all', async () => {
    const dataDir = w.tempFolder();
    const old = await open(dataDir);
    const tail = new w.Running(['tail', '--data-dir', dataDir]);
    let latest = await open(dataDir);
    // When it has begun cannot be seen from outside: what is appended until it shows something may be missed.
    while (tail.out === '') latest = await open(dataDir);
    await tail.says(new RegExp(latest));
    expect((await tail.end('SIGINT')).out).not.toContain(old);
  });

  it.each([['--no-follow'], ['--from-start']])('%s into a reader that has seen enough ends quietly', async (flag) => {
    const dataDir = w.tempFolder();
    const { url, process } = await w.serve(dataDir);
    const opened = Array.from({ length: 500 }, () =>
      w.post(`${url}/v1/sessions`, { merchantId: 'm1', openedBy: 'buyer' }),
    );
    await Promise.all(opened);
    await process.end('SIGTERM');
    // The shell says how both ended: `tail` first, `head` second.
    const main = new URL('../dist/main.js', import.meta.url).pathname;
    // eslint-disable-next-line no-template-curly-in-string -- the shell's own
    const script = '"$1" "$2" tail "$3" --data-dir "$4" | head -n 1; echo "${PIPESTATUS[*]}"';
    const shell = spawn('bash', ['-c', script, 'bash', globalThis.process.execPath, main, flag, dataDir]);
    let err = '';
    shell.stderr.on('data', (text: Buffer) => (err += text.toString()));
    const lines: string[] = [];
    for await (const line of createInterface({ input: shell.stdout })) lines.push(line);
    expect(lines).toHaveLength(2);
    expect(lines[0]).toContain('merchant-m1@0');
    expect({ ends: lines[1], err }).toEqual({ ends: '0 0', err: '' });
  });
});
