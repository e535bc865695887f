import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../src/run.js';
import { bar } from '../src/show/bar.js';
import * as w from './lib/process.js';

afterAll(w.cleanUp);

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

const lapse = async (...args: string[]): Promise<Ran> => {
  let out = '';
  let err = '';
  const io = {
    out: (text: string) => void (out += text),
    err: (text: string) => void (err += text),
    isTerminal: false,
    env: {},
    nowMs: () => Date.UTC(2026, 2, 9),
    random: () => 0.5,
    signal: new AbortController().signal,
  };
  const code = await run(io, args);
  return { code, out, err };
};

/** Three conversations: one is answered after a wait, one is never answered, one begins the next morning. */
const history = (folder: string): string => {
  const line = (session: string, seq: number, type: string, at: string, more: object = {}): string =>
    JSON.stringify({ session, seq, type, at: `2026-03-01T${at}Z`, ...more });
  const file = join(folder, 'history.ndjson');
  const lines = [
    line('c1', 0, 'opened', '10:00:00.000', { merchant: 'm1', buyer: 'b1' }),
    line('c1', 1, 'message-from-buyer', '10:00:05.000'),
    line('c1', 2, 'queued', '10:00:10.000'),
    line('c1', 3, 'message-from-agent', '10:02:10.000'),
    line('c1', 4, 'message-from-buyer', '11:00:00.000'),
    line('c2', 0, 'opened', '10:30:00.000', { merchant: 'm2', buyer: 'b2' }),
    line('c3', 0, 'opened', '23:00:00.000', { merchant: 'm1', buyer: 'b3' }),
    line('c3', 1, 'message-from-buyer', '23:00:00.000'),
    line('c3', 2, 'message-from-buyer', '23:00:01.000'),
    line('c3', 3, 'message-from-buyer', '23:00:02.000'),
    line('c3', 4, 'message-from-agent', '23:00:03.000'),
  ];
  writeFileSync(file, lines.map((text) => `${text}\n`).join(''));
  return file;
};

describe('lapse activity', () => {
  let at: readonly string[];
  beforeAll(async () => {
    const folder = w.tempFolder();
    at = ['--data-dir', join(folder, 'data')];
    expect(await lapse('import', history(folder), '--under-rules', ...at)).toMatchObject({ code: 0 });
  });

  it('shows hour by hour what happened, the newest last, with a bar for the messages', async () => {
    const { code, out, err } = await lapse('activity', ...at);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toBe(
      [
        'hour (UTC)        opened  closed  messages                        first reply p50, p90    in queue p50, p90  closes',
        '2026-03-01 10:00       2       1         2  ██████████            2 min 10 s, 2 min 10 s  2 min, 2 min       1 buyer-silent',
        '2026-03-01 11:00       1       0         1  █████                 –                       –',
        '2026-03-01 16:00       0       1         0                        –                       –                  1 agent-silent',
        '2026-03-01 17:00       0       1         0                        –                       –                  1 agent-silent',
        '2026-03-01 23:00       1       1         4  ████████████████████  3 s, 3 s                –                  1 buyer-silent',
        '',
      ].join('\n'),
    );
  });

  it('is of one merchant and of those hours that are asked for, in JSON the same', async () => {
    const { out } = await lapse('activity', '--merchant', 'm2', '--json', ...at);
    expect(JSON.parse(out)).toMatchObject({
      merchantId: 'm2',
      hours: [
        { startsAt: '2026-03-01T10:00:00.000Z', opened: 1 },
        { startsAt: '2026-03-01T16:00:00.000Z', closedByReason: { 'agent-silent': 1 } },
      ],
    });
    const some = await lapse(
      'activity',
      '--from',
      '2026-03-01T11:59:00Z',
      '--to',
      '2026-03-01T17:00:00Z',
      '--json',
      ...at,
    );
    const { hours } = JSON.parse(some.out) as { hours: { startsAt: string }[] };
    expect(hours.map(({ startsAt }) => startsAt.slice(11, 13))).toEqual(['11', '16']);
    expect((await lapse('activity', '--merchant', 'nobody', ...at)).out).toBe('nothing happened\n');
  });

  it('says what is wrong with an instant that is none', async () => {
    const { code, err } = await lapse('activity', '--from', 'yesterday', ...at);
    expect(code).toBe(1);
    expect(err).toContain('query.from');
  });
});

describe('a bar', () => {
  it('is as long as its value, and seen wherever there is anything', () => {
    expect([0, 1, 50, 75, 100].map((value) => bar(value, 100, 4))).toEqual(['', '▏', '██', '███', '████']);
    expect(bar(1, 1_000_000, 4)).toBe('▏');
    expect(bar(0, 0, 4)).toBe('');
  });
});
