import { gzipSync } from 'node:zlib';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { encodeEvent } from '@lapse/domain';
import * as w from './copy-world.js';

afterEach(w.cleanUp);

const SESSIONS = 20;
/** A merchant's config each, two events a session, and an answer in every second one. */
const EVENTS = 3 + SESSIONS * 2 + SESSIONS / 2;

const copy = (from: string, to: string, ...more: string[]): Promise<w.Ran> =>
  w.lapse(['copy', '--from', from, '--to', to, '--json', ...more]);

/** Every event as `tail` shows it, without the store's own time and places. */
const tailOf = async (place: string): Promise<unknown[]> => {
  const flag = place.startsWith('esdb:') ? '--store' : '--data-dir';
  const { out, code } = await w.lapse(['tail', '--no-follow', '--json', flag, place]);
  expect(code).toBe(0);
  return out
    .trim()
    .split('\n')
    .map((line) => {
      const { position: _position, storedAt: _storedAt, ...event } = JSON.parse(line) as Record<string, unknown>;
      return event;
    });
};

describe('lapse copy', () => {
  it('moves a folder to a server and on into another folder, event for event in the same order', async () => {
    const [folder, back] = [w.tempFolder(), w.tempFolder()];
    await w.talk(await w.engineOn(folder), SESSIONS);
    const { connection } = await w.served(w.tempFolder());
    // The folder's own server runs on meanwhile.
    const there = await copy(folder, connection);
    expect(there).toMatchObject({ code: 0, err: '' });
    expect(JSON.parse(there.out)).toEqual({
      from: folder,
      to: connection,
      finished: true,
      copied: EVENTS,
      alreadyThere: 0,
      compared: EVENTS,
      bigIntegerEvents: 0,
    });
    expect(JSON.parse((await copy(connection, back)).out)).toMatchObject({ copied: EVENTS, compared: EVENTS });
    const events = await tailOf(folder);
    expect(events).toHaveLength(EVENTS);
    expect(await tailOf(connection)).toEqual(events);
    expect(await tailOf(back)).toEqual(events);
  });

  it('may be run again, takes what has come since, and an engine goes on in what it made', async () => {
    const [folder, target] = [w.tempFolder(), w.tempFolder()];
    const engine = await w.engineOn(folder);
    await w.talk(engine, SESSIONS);
    await copy(folder, target);
    expect(JSON.parse((await copy(folder, target)).out)).toMatchObject({ copied: 0, alreadyThere: EVENTS });
    await engine.commands.openSession({ sessionId: w.sessionId(99), data: { merchantId: 'm1', openedBy: 'buyer' } });
    expect(JSON.parse((await copy(folder, target)).out)).toMatchObject({ copied: 2, alreadyThere: EVENTS });
    const moved = await w.engineOn(target);
    await moved.caughtUp(10_000);
    const { sessions } = moved.projections.sessions({ state: 'open', limit: 100, nowMs: Date.now() });
    expect(sessions).toHaveLength(SESSIONS + 1);
  });

  it('ends with 130 at Ctrl-C, and goes on afterwards', async () => {
    const [folder, target] = [w.tempFolder(), w.tempFolder()];
    await w.talk(await w.engineOn(folder), SESSIONS);
    const stopped = await w.lapse(['copy', '--from', folder, '--to', target], { signal: AbortSignal.abort() });
    expect(stopped).toMatchObject({ code: 130, out: '', err: 'stopped where it was safe\n' });
    expect(JSON.parse((await copy(folder, target)).out)).toMatchObject({ finished: true, compared: EVENTS });
  });

  it('refuses a target that has other sessions, names the place, and writes nothing', async () => {
    const [folder, target] = [w.tempFolder(), w.tempFolder()];
    await w.talk(await w.engineOn(folder), SESSIONS);
    const { engine, connection } = await w.served(target);
    await engine.commands.openSession({ sessionId: w.sessionId(7), data: { merchantId: 'm9', openedBy: 'buyer' } });
    const before = await tailOf(connection);
    const refused = await copy(folder, connection);
    expect(refused).toMatchObject({ code: 1, out: '' });
    expect(JSON.parse(refused.err)).toEqual({
      error: {
        code: 'copy-differs',
        message: 'the logs differ at merchant-m9 revision 0: the source does not have it',
      },
    });
    expect(await tailOf(connection)).toEqual(before);
  });

  it('with --verify compares alone, in both directions', async () => {
    const [folder, target] = [w.tempFolder(), w.tempFolder()];
    const engine = await w.engineOn(folder);
    await w.talk(engine, SESSIONS);
    const { connection } = await w.served(target);
    await copy(folder, connection);
    const same = await w.lapse(['copy', '--verify', '--from', folder, '--to', connection]);
    expect(same).toMatchObject({ code: 0, out: `${EVENTS} events compared: both logs are the same\n` });
    const more = encodeEvent('00000000-0000-4000-8000-000000000001', {
      type: 'message-from-buyer',
      occurredAtMs: Date.now(),
      data: {},
    });
    await engine.store.append(engine.names.session(w.sessionId(4)), [more], 1);
    const name = `session-${w.sessionId(4)} revision 2`;
    for (const [from, to, lacks] of [
      [folder, connection, 'target'],
      [connection, folder, 'source'],
    ] as const) {
      const { code, err } = await w.lapse(['copy', '--verify', '--from', from, '--to', to]);
      expect({ code, err }).toEqual({
        code: 1,
        err: `lapse: copy-differs: the logs differ at ${name}: the ${lacks} does not have it\n`,
      });
    }
  });

  it('says in words that integers beyond 2^53 were copied as the bytes they are', async () => {
    const [folder, target] = [w.tempFolder(), w.tempFolder()];
    const { store, names } = await w.engineOn(folder);
    const foreign = encodeEvent('00000000-0000-4000-8000-000000000002', {
      type: 'opened',
      occurredAtMs: Date.now(),
      data: { merchantId: 'm1', openedBy: 'buyer' },
    });
    const data = Buffer.from(Buffer.from(foreign.data).toString().replace('{', '{"orderId":9007199254740993,'));
    await store.append(names.session(w.sessionId(1)), [{ ...foreign, data }], -1);
    const { out } = await w.lapse(['copy', '--from', folder, '--to', target]);
    expect(out).toContain('1 events copied, 0 stood there already; 1 compared: both logs are the same\nnote: 1 events');
    expect(out).toContain('beyond 2^53');
  });

  it.each([
    ['the same place twice', ['--from', './a', '--to', 'a'], 2, '--from and --to are the same place'],
    ['a folder without a log', ['--from', './nowhere', '--to', './a'], 1, 'no-data-folder'],
    ['a connection that cannot be', ['--from', 'esdb://host:port', '--to', './a'], 1, 'is no host or host:port'],
    ['no target', ['--from', './a'], 2, '--to'],
  ])('refuses %s', async (_what, args, code, says) => {
    const refused = await w.lapse(['copy', ...args]);
    expect(refused).toMatchObject({ code, out: '' });
    expect(refused.err).toContain(says);
  });

  it('never shows a password', async () => {
    const { out, err } = await w.lapse(['copy', '--from', 'esdb://admin:changeit@127.0.0.1:port', '--to', './a']);
    expect(out + err).not.toContain('changeit');
  });
});

describe('lapse import --store', () => {
  const lines = [
    { session: 's1', seq: 0, type: 'opened', at: '2026-03-01T10:00:00.000Z', merchant: 'm1' },
    { session: 's1', seq: 1, type: 'message-from-agent', at: '2026-03-01T10:01:00.000Z' },
    { session: 's1', seq: 2, type: 'closed', at: '2026-03-01T10:02:00.000Z', reason: 'resolved' },
  ];
  const history = (): string => {
    const file = join(w.tempFolder(), 'history.ndjson.gz');
    writeFileSync(file, gzipSync(lines.map((line) => JSON.stringify(line)).join('\n')));
    return file;
  };

  it('writes a history as it was to a server, and adds nothing the second time', async () => {
    const { connection } = await w.served(w.tempFolder());
    const importIt = (): Promise<w.Ran> =>
      w.lapse(['import', history(), '--as-recorded', '--store', connection, '--data-dir', w.tempFolder(), '--json']);
    expect(JSON.parse((await importIt()).out)).toMatchObject({ sessions: 1, events: 3 });
    expect(JSON.parse((await importIt()).out)).toMatchObject({ sessions: 1, events: 3 });
    expect(await tailOf(connection)).toMatchObject([
      { revision: 0, type: 'opened' },
      { revision: 1, type: 'config-version' },
      { revision: 2, type: 'message-from-agent' },
      { revision: 3, type: 'closed' },
    ]);
  });

  it('under the rules is refused with the way that works: the history’s clock is not the server’s', async () => {
    const { code, err } = await w.lapse([
      'import',
      history(),
      '--under-rules',
      '--store',
      'esdb://127.0.0.1?tls=false',
    ]);
    expect({ code, says: err.includes('lapse copy --from FOLDER --to') }).toEqual({ code: 2, says: true });
  });
});
