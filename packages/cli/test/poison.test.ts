import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ParkedListAnswer, ParkedStreamAnswer } from '@lapse/api';
import * as w from './copy-world.js';

afterAll(w.cleanUp);

const SESSION = w.sessionId(1);
const STREAM = `session-${SESSION}`;
let dataDir: string;

const event = (number: number, data: string | Uint8Array, type = 'message-from-agent') => ({
  id: `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`,
  type,
  contentType: 'application/json' as const,
  data: Buffer.from(data as string),
  metadata: new Uint8Array(),
});

/** A folder with a session that a broken writer has parked, a message behind it, and a merchant parked likewise. */
beforeEach(async () => {
  dataDir = w.tempFolder();
  const engine = await w.engineOn(dataDir);
  await w.talk(engine, 3);
  await engine.commands.append({ sessionId: SESSION, events: [{ type: 'queued', data: {} }] });
  await engine.store.append(STREAM, [event(1, Buffer.from([0x7b, 0xff, 0x1b]))], 'any');
  await engine.store.append('merchant-m2', [event(2, '{"occurredAt":1}', 'config-version')], 'any');
  await engine.store.append('session-oops\u202e', [event(3, '{}', 'queued')], 'any');
  await engine.close();
});
afterEach(w.cleanUp);

const lapse = (...args: string[]) => w.lapse([...args, '--data-dir', dataDir]);
const text = async (...args: string[]): Promise<string> => {
  const { code, out, err } = await lapse(...args);
  expect({ args, code, err }).toEqual({ args, code: 0, err: '' });
  return out;
};
const json = async <T>(...args: string[]): Promise<T> => JSON.parse(await text(...args, '--json')) as T;

describe('lapse poison', () => {
  it('lists what is parked, since when and why, and says what to do', async () => {
    const lines = (await text('poison', 'list')).trimEnd().split('\n');
    expect(lines).toHaveLength(4);
    expect(lines[0]).toMatch(new RegExp(`^${STREAM}@4  merchant m1  since \\S+Z  its data is not JSON`));
    expect(lines[1]).toMatch(/^merchant-m2@1 {2}merchant m2 {2}since \S+Z {2}occurredAt: /);
    expect(lines[2]).toContain('session-oops\\u{202e}@0');
    expect(lines[3]).toBe(`what to do: lapse poison show ${SESSION}`);
    const { parked } = await json<ParkedListAnswer>('poison', 'list');
    expect(parked.map(({ kind }) => kind)).toEqual(['session', 'merchant', 'other']);
    expect(await text('queue')).toContain('deadline unknown: parked at revision 4');
  });

  it('shows the event byte by byte, that the deadline is unknown, and the very line to type next', async () => {
    const shown = await text('poison', 'show', SESSION);
    expect(shown).toContain(`${STREAM}  merchant m1  parked at revision 4: its data is not JSON`);
    expect(shown).toContain('deadline  unknown: nothing closes it while it is parked');
    expect(shown).toContain('data      3 bytes: {\\xff\\x1b');
    expect(shown).toContain(`lapse poison skip ${SESSION} --revision 4 --why "…"`);
    expect(await json<ParkedStreamAnswer>('poison', 'show', STREAM)).toMatchObject({
      sessionId: SESSION,
      decisions: [],
    });
    expect(await text('poison', 'show', 'session-oops\u202e')).toContain('its writer must use another one');
  });

  it('skips the event, and the session goes on', async () => {
    const skipped = await text('poison', 'skip', SESSION, '--revision', '4', '--why', 'sent by a test');
    expect(skipped).toBe(`${STREAM}@4 skipped: it can be read to its end, and goes on\n`);
    expect(await text('poison', 'list')).not.toContain(STREAM);
    expect(await text('append', SESSION, 'message-from-agent')).toContain('written at revision 5');
    const again = await text('poison', 'skip', SESSION, '--revision', '4', '--why', 'sent by a test');
    expect(again).toBe(`${STREAM}@4 was skipped before: it can be read to its end, and goes on\n`);
    const shown = await text('poison', 'show', SESSION);
    expect(shown).toMatch(/decided {3}\S+Z {2}revision 4 skipped by platform http: sent by a test/);
    expect(shown).not.toContain('deadline');
  });

  it('retries, and says that a stream is parked all the same', async () => {
    const retried = await text('poison', 'retry', 'merchant-m2', '--why', 'Lapse is newer now');
    expect(retried).toMatch(
      /^retried merchant-m2: it is parked at revision 1: .*\nwhat to do: lapse poison show merchant-m2\n$/,
    );
    expect(await json('poison', 'retry', 'merchant-m2')).toMatchObject({ outcome: 'retried', parked: { revision: 1 } });
  });

  it('says that nothing is parked where nothing is', async () => {
    const empty = w.tempFolder();
    expect(await w.lapse(['poison', 'list', '--data-dir', empty])).toEqual({
      code: 0,
      out: 'no stream is parked\n',
      err: '',
    });
  });

  it.each([
    ['another event', ['skip', SESSION, '--revision', '3', '--why', 'x'], 1, 'wrong-revision'],
    ['no reason', ['skip', SESSION, '--revision', '4', '--why', ' '], 1, 'bad-value'],
    ['a revision in words', ['skip', SESSION, '--revision', 'last', '--why', 'x'], 2, 'usage'],
    ['a stream that is not parked', ['skip', w.sessionId(2), '--revision', '0', '--why', 'x'], 1, 'not-parked'],
    ['a stream that is not there', ['show', 'merchant-nobody'], 1, 'no-such-stream'],
    ['a retry of what is not parked', ['retry', w.sessionId(2)], 1, 'not-parked'],
  ])('refuses %s', async (_, args, code, says) => {
    const ran = await lapse('poison', ...args);
    expect(ran).toMatchObject({ code, out: '' });
    expect(ran.err).toMatch(new RegExp(`^lapse: ${says}: `));
  });
});
