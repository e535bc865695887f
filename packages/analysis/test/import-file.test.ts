import { afterAll, describe, expect, it } from '@jest/globals';
import { readSourceSessions, type SourceSession } from '../src/index.js';
import * as w from './lib/world.js';

afterAll(w.cleanUp);

const { at, fileOf, gzipOf, linesOf } = w;

const read = async (file: string): Promise<SourceSession[]> => {
  const sessions: SourceSession[] = [];
  for await (const session of readSourceSessions(file)) sessions.push(session);
  return sessions;
};
const readText = (text: string | Uint8Array): Promise<SourceSession[]> => read(fileOf(text));

const opened = { type: 'opened', at: at('10:00') };
const history = linesOf([
  { ...opened, by: 'agent', buyer: 'b1', topic: 'left alone' },
  { type: 'message-from-buyer', at: at('10:00'), actor: 'b1', len: 12 },
  { type: 'message-from-agent', at: at('10:01'), actor: null, automated: true },
  { type: 'queued', at: at('10:02'), team: 'first line' },
  { type: 'closed', at: at('10:03'), reason: 'served' },
  { ...opened, session: 's2', buyer: null },
]);

describe('a history that is read', () => {
  it('comes conversation by conversation, every field in its place', async () => {
    const [first, second, ...others] = await readText(history);
    expect(others).toEqual([]);
    expect(first?.session).toBe('s1');
    expect(first?.events).toEqual([
      { session: 's1', seq: 0, type: 'opened', at: Date.parse(at('10:00')), by: 'agent', buyer: 'b1', merchant: 'm1' },
      {
        session: 's1',
        seq: 1,
        type: 'message-from-buyer',
        at: Date.parse(at('10:00')),
        actor: 'b1',
        len: 12,
        automated: false,
      },
      { session: 's1', seq: 2, type: 'message-from-agent', at: Date.parse(at('10:01')), automated: true },
      { session: 's1', seq: 3, type: 'queued', at: Date.parse(at('10:02')), team: 'first line' },
      { session: 's1', seq: 4, type: 'closed', at: Date.parse(at('10:03')), reason: 'served' },
    ]);
    expect(second?.events).toEqual([
      { session: 's2', seq: 0, type: 'opened', at: Date.parse(at('10:00')), by: 'buyer', merchant: 'm1' },
    ]);
    expect(second?.progress).toMatchObject({ sessions: 2, events: 6, bytesTotal: history.length });
  });

  it('may be gzip, which its first bytes tell and not its name', async () => {
    const plain = await readText(history);
    const packed = await read(fileOf(gzipOf(history), 'history.txt'));
    expect(packed.map(({ events }) => events)).toEqual(plain.map(({ events }) => events));
    const inTwoMembers = Buffer.concat([gzipOf(history.slice(0, 100)), gzipOf(history.slice(100))]);
    expect(await readText(inTwoMembers)).toHaveLength(2);
  });

  it('may have Windows line ends, empty lines, a byte order mark, and no line end at its end', async () => {
    const odd = `\u{feff}${history.replaceAll('\n', '\r\n\r\n').trimEnd()}`;
    expect((await readText(odd)).map(({ events }) => events.length)).toEqual([5, 1]);
  });

  it('may be empty', async () => {
    expect(await readText('')).toEqual([]);
    expect(await readText(gzipOf(''))).toEqual([]);
  });

  it('takes instants with any offset', async () => {
    const [session] = await readText(linesOf([{ type: 'opened', at: '2026-03-01T12:00:00.5+02:00' }]));
    expect(session?.events[0]?.at).toBe(Date.parse('2026-03-01T10:00:00.500Z'));
  });

  it('may hold characters of any length at any place of a chunk', async () => {
    const sessions = Array.from({ length: 3_000 }, (_, i) => ({
      ...opened,
      session: `Gespräch-${'🙂'.repeat(i % 7)}-${i}`,
    }));
    const read = await readText(linesOf(sessions));
    expect(read.map(({ session }) => session)).toEqual(sessions.map(({ session }) => session));
  });
});

describe('a line that cannot be read', () => {
  const good = linesOf([opened]);
  const second = (line: string): string => `${good}${line}\n`;
  const next = (fields: object): string =>
    second(JSON.stringify({ session: 's1', seq: 1, type: 'message-from-buyer', at: at('10:01'), ...fields }));

  it.each([
    ['no JSON', second('{"session":'), 'line 2 is no JSON'],
    ['no object', second('17'), 'line 2: '],
    ['an unknown type', next({ type: 'typing' }), 'line 2: '],
    ['no session', next({ session: undefined }), 'line 2: session'],
    ['a session without a name', next({ session: '' }), 'line 2: session'],
    ['a seq that is no whole number', next({ seq: 1.5 }), 'line 2: seq'],
    ['a seq as text', next({ seq: '1' }), 'line 2: seq'],
    ['a time without an offset', next({ at: '2026-03-01T10:01:00' }), 'line 2: at'],
    ['a day that does not exist', next({ at: '2026-02-30T10:01:00Z' }), 'line 2: at'],
    ['no time', next({ at: null }), 'line 2: at'],
    ['a speaker whose id holds more than ids may', next({ actor: 'Anna Schmidt' }), 'line 2: actor'],
    ['a length below nothing', next({ len: -1 }), 'line 2: len'],
    ['a reason that is none', next({ type: 'closed', reason: 7 }), 'line 2: reason'],
    [
      'an opening without a merchant',
      second('{"session":"s2","seq":0,"type":"opened","at":"2026-03-01T10:00:00Z"}'),
      'line 2: merchant',
    ],
    [
      'an opening by nobody',
      next({ session: 's2', seq: 0, type: 'opened', merchant: 'm1', by: 'robot' }),
      'line 2: by',
    ],
    ['a gap in seq', next({ seq: 2 }), 'line 2: seq 1 is missing'],
    ['a seq again', next({ seq: 0, type: 'opened', merchant: 'm1' }), 'line 2: '],
    [
      'a second opening',
      next({ type: 'opened', merchant: 'm1' }),
      'line 2: the first event of a session, and no other, is opened',
    ],
    [
      'a session that does not begin with opened',
      next({ session: 's2', seq: 0 }),
      'line 2: the first event of a session',
    ],
    [
      'a time before the one above',
      next({ at: at('09:59:59.999') }),
      'line 2: its time is before that of the event above it',
    ],
  ])('%s: is told with its number and why', async (_, text, why) => {
    await expect(readText(text)).rejects.toMatchObject({ name: 'ImportError', code: 'bad-line' });
    await expect(readText(text)).rejects.toThrow(why);
  });

  it('counts empty lines too: the number is the one that an editor shows', async () => {
    await expect(readText(`\n\n${good}\nnonsense\n`)).rejects.toThrow('line 5 is no JSON: nonsense');
  });

  it('is quoted in short', async () => {
    await expect(readText(`${'x'.repeat(5_000)}\n`)).rejects.toThrow(/^line 1 is no JSON: x{80}…$/);
  });

  it('a session whose events do not stand together is refused, also one that begins a second time', async () => {
    const split = linesOf([opened, { ...opened, session: 's2' }, { type: 'queued', at: at('10:01') }]);
    await expect(readText(split)).rejects.toThrow('line 3: the events of a session must stand together, seq from 0');
    const twice = linesOf([opened, { ...opened, session: 's2' }]) + linesOf([{ ...opened, at: at('10:05') }]);
    await expect(readText(twice)).rejects.toThrow('line 3: session s1 begins a second time');
  });

  it('bytes that are no UTF-8', async () => {
    const bytes = Buffer.concat([Buffer.from(good), Buffer.from([0xc3, 0x28, 0x0a])]);
    await expect(readText(bytes)).rejects.toMatchObject({ code: 'bad-line', message: 'line 2 is no UTF-8' });
    await expect(readText(Buffer.concat([Buffer.from(good), Buffer.from([0xff])]))).rejects.toThrow(
      'line 2 is no UTF-8',
    );
  });

  it('a line over a mebibyte does not fill the memory', async () => {
    const endless = Buffer.concat([Buffer.from(good), Buffer.alloc(40 * 1_048_576, 'x')]);
    await expect(readText(endless)).rejects.toThrow('line 2 is longer than 1048576 bytes');
    await expect(readText(gzipOf(endless))).rejects.toMatchObject({ code: 'bad-line' });
  });
});

describe('a file that cannot be read', () => {
  it('is missing, or a folder', async () => {
    const folder = w.tempFolder();
    await expect(read(`${folder}/nothing`)).rejects.toMatchObject({ code: 'no-such-file' });
    await expect(read(folder)).rejects.toMatchObject({ code: 'no-such-file' });
  });

  it('is a broken archive: cut off, or damaged in the middle', async () => {
    const many = linesOf(Array.from({ length: 2_000 }, (_, i) => ({ ...opened, session: `s${i}-${Math.sin(i)}` })));
    const packed = gzipOf(many);
    await expect(readText(packed.subarray(0, packed.length / 2))).rejects.toMatchObject({ code: 'bad-file' });
    const damaged = Buffer.from(packed);
    damaged.fill(0x55, Math.floor(packed.length / 2), Math.floor(packed.length / 2) + 50);
    await expect(readText(damaged)).rejects.toMatchObject({ name: 'ImportError' });
  });
});
