import { describe, expect, it } from '@jest/globals';
import type { Commands, EventToSend } from '../src/index.js';
import * as w from './world.js';

const STREAM = w.names.session(w.SESSION);
const OPS = w.names.operations(STREAM);
const by = { role: 'platform', id: 'http' };
const why = 'the sender was under test';

/** What a broken writer sends. */
const broken = (world: w.World, stream: string, id: number, type = 'message-from-agent') =>
  world.store.append(
    stream,
    [
      {
        id: w.uuid(id),
        type,
        contentType: 'application/json',
        data: Buffer.from('{"occurredAt":1}'),
        metadata: new Uint8Array(),
      },
    ],
    'any',
  );

const parkedWorld = async (): Promise<w.World> => {
  const world = w.newWorld();
  await world.commands.openSession({ ...w.open, sessionId: w.SESSION });
  await send(world.commands, w.agent());
  await broken(world, STREAM, 1);
  return world;
};
const send = (commands: Commands, ...events: EventToSend[]) => commands.append({ sessionId: w.SESSION, events });
const skip = (commands: Commands, revision: number, stream = STREAM) =>
  commands.skipParked({ stream, revision, why, by });

describe('a parked session', () => {
  it('takes commands again once its event is skipped, in every process at once, and after a restart', async () => {
    const world = await parkedWorld();
    const other = world.another();
    expect(await send(world.commands, w.buyer())).toMatchObject({ code: 'stream-parked' });
    expect(await send(other, w.buyer())).toMatchObject({ code: 'stream-parked' });
    expect(await skip(world.commands, 3)).toMatchObject({ kind: 'skipped', revision: 3, parked: undefined });
    expect(await send(other, w.buyer())).toMatchObject({ kind: 'appended', revision: 4 });
    expect(await send(world.commands, w.agent())).toMatchObject({ kind: 'appended', revision: 5 });
    expect(await world.another().readSession(w.SESSION)).toMatchObject({
      state: { status: 'open', rule: 'buyer-silent', revision: 5, unknownEvents: 1, parked: undefined },
    });
  });
  it('whose one event was skipped has no opening, and is not opened by hand', async () => {
    const world = w.newWorld();
    await broken(world, STREAM, 1, 'opened');
    expect(await skip(world.commands, 0)).toMatchObject({ kind: 'skipped', parked: undefined });
    const opening = await world.commands.openSession({ ...w.open, sessionId: w.SESSION });
    expect(opening).toMatchObject({ kind: 'refused', code: 'session-exists' });
  });
  it('lapses at the deadline that its other events give it', async () => {
    const world = await parkedWorld();
    await skip(world.commands, 3);
    world.clock.nowMs += 21 * w.MINUTE_MS;
    expect(await send(world.commands, w.buyer())).toMatchObject({ code: 'session-closed' });
    expect((await world.history(w.SESSION)).at(-1)).toBe('closed +20');
  });
  it('is skipped at the very event at which it is parked, and at no other', async () => {
    const world = await parkedWorld();
    expect(await skip(world.commands, 2)).toMatchObject({ code: 'wrong-revision', actualRevision: 3 });
    expect(await skip(world.commands, 4)).toMatchObject({ code: 'wrong-revision', actualRevision: 3 });
    await broken(world, STREAM, 2);
    expect(await skip(world.commands, 3)).toMatchObject({ kind: 'skipped', parked: { revision: 4 } });
    expect(await skip(world.commands, 4)).toMatchObject({ kind: 'skipped', parked: undefined });
    expect(await skip(world.commands, 5)).toMatchObject({ code: 'not-parked' });
  });
  it('is skipped once, however often it is asked for and by whomever', async () => {
    const world = await parkedWorld();
    const other = world.another();
    const answers = await Promise.all([skip(world.commands, 3), skip(other, 3), skip(world.commands, 3)]);
    expect(answers.map(({ kind }) => kind)).toEqual(['skipped', 'skipped', 'skipped']);
    expect(await skip(other, 3)).toMatchObject({ kind: 'skipped', repeated: true, parked: undefined });
    expect(await world.events(OPS)).toMatchObject([
      { type: 'stream-skipped', data: { stream: STREAM, revision: 3, why, by, occurredAt: expect.any(String) } },
    ]);
  });
  it('needs a reason of 1 to 500 characters', async () => {
    const world = await parkedWorld();
    for (const bad of ['', '   ', 'x'.repeat(501)]) {
      const refused = await world.commands.skipParked({ stream: STREAM, revision: 3, why: bad, by });
      expect(refused).toMatchObject({ code: 'bad-value' });
    }
    expect(await world.events(OPS)).toEqual([]);
    expect(await world.commands.skipParked({ stream: STREAM, revision: 3, why: 'x'.repeat(500), by })).toMatchObject({
      kind: 'skipped',
    });
  });
  it('may be named by its id alone', async () => {
    const world = await parkedWorld();
    expect(await skip(world.commands, 3, w.SESSION)).toMatchObject({ kind: 'skipped', stream: STREAM });
  });
  it('is told with its event, why it parks, and what was decided', async () => {
    const world = await parkedWorld();
    await world.commands.retryParked({ stream: STREAM, by });
    expect(await world.commands.readParked(w.SESSION)).toMatchObject({
      stream: STREAM,
      parked: { revision: 3, why: expect.stringContaining('occurredAt') },
      event: { type: 'message-from-agent', revision: 3 },
      decisions: [{ decision: { type: 'stream-retried' } }],
    });
  });
  it('whose first event is not `opened` opens with the next one that is, and one where none is stays no session', async () => {
    const world = w.newWorld();
    await world.foreign(STREAM, { type: 'queued', occurredAtMs: w.T0, data: {} });
    await world.foreign(STREAM, { type: 'opened', occurredAtMs: w.T0, data: w.open.data });
    expect(await skip(world.commands, 0)).toMatchObject({ kind: 'skipped', parked: undefined });
    expect(await world.commands.openSession({ ...w.open, sessionId: w.SESSION })).toMatchObject({
      kind: 'opened',
      repeated: true,
      revision: 1,
    });
    expect(await send(world.commands, w.buyer())).toMatchObject({ kind: 'appended', revision: 3 });
    const empty = w.names.session('01KJM0000000000000000000ZZ');
    await world.foreign(empty, { type: 'queued', occurredAtMs: w.T0, data: {} });
    await skip(world.commands, 0, empty);
    const answer = await world.commands.append({ sessionId: '01KJM0000000000000000000ZZ', events: [w.buyer()] });
    expect(answer).toMatchObject({ code: 'no-such-session' });
    expect(await world.events(empty)).toHaveLength(1);
  });
});

describe('a skip', () => {
  it('that was written before its event decides nothing: nobody knew what it would be', async () => {
    const world = w.newWorld();
    await world.commands.openSession({ ...w.open, sessionId: w.SESSION });
    await world.store.append(
      OPS,
      [
        {
          id: w.uuid(77),
          type: 'stream-skipped',
          contentType: 'application/json',
          data: Buffer.from(
            JSON.stringify({ occurredAt: '2026-03-01T10:00:00.000Z', stream: STREAM, revision: 2, why, by }),
          ),
          metadata: new Uint8Array(),
        },
      ],
      'any',
    );
    await broken(world, STREAM, 1);
    expect(await send(world.commands, w.buyer())).toMatchObject({ code: 'stream-parked' });
    expect(await skip(world.commands, 2)).toMatchObject({ kind: 'skipped', repeated: false });
    expect(await send(world.commands, w.buyer())).toMatchObject({ kind: 'appended' });
  });
  it('needs a stream of ours, that stands there, and is parked', async () => {
    const world = w.newWorld();
    await world.commands.openSession({ ...w.open, sessionId: w.SESSION });
    expect(await skip(world.commands, 0)).toMatchObject({ code: 'not-parked' });
    for (const stream of [
      '',
      'elsewhere-1',
      'session-\u0000',
      `merchant-${'x'.repeat(5_000)}`,
      'ops-keys',
      w.names.merchant('nobody'),
      '01KJM0000000000000000000ZZ',
    ]) {
      expect(await skip(world.commands, 0, stream)).toMatchObject({ code: 'no-such-stream' });
      expect(await world.commands.retryParked({ stream, by })).toMatchObject({ code: 'no-such-stream' });
    }
  });
  it('cannot help a stream whose name is nobody’s', async () => {
    const world = w.newWorld();
    await world.foreign('session-nonsense', { type: 'queued', occurredAtMs: w.T0, data: {} });
    expect(await skip(world.commands, 0, 'session-nonsense')).toMatchObject({ code: 'stream-parked' });
    expect(await world.commands.retryParked({ stream: 'session-nonsense', by })).toMatchObject({
      code: 'stream-parked',
    });
  });
});

describe('a parked merchant', () => {
  const MERCHANT = w.names.merchant('m1');
  const configure = (world: w.World, minutes: number) =>
    world.commands.configure({
      merchantId: 'm1',
      command: { kind: 'change', buyerReplyMinutes: minutes },
      by: { role: 'merchant-main', id: 'm1' },
    });

  it('gets its limits back with a skip, and sessions open under them', async () => {
    const world = w.newWorld();
    await configure(world, 50);
    await broken(world, MERCHANT, 1, 'config-version');
    expect(await world.commands.openSession(w.open)).toMatchObject({ code: 'stream-parked' });
    expect(await configure(world, 60)).toMatchObject({ code: 'stream-parked' });
    expect(await skip(world.commands, 2, MERCHANT)).toMatchObject({ kind: 'skipped', parked: undefined });
    expect(await world.commands.openSession(w.open)).toMatchObject({ pin: { buyerReplyMinutes: 50, version: 2 } });
    expect(await configure(world, 60)).toMatchObject({ kind: 'configured', revision: 3, current: { version: 3 } });
    expect(await world.another().readMerchant('m1')).toMatchObject({ current: { buyerReplyMinutes: 60 } });
  });
});

describe('a retry', () => {
  it('is recorded with who asked and why, and says whether the stream is parked all the same', async () => {
    const world = await parkedWorld();
    const answer = await world.commands.retryParked({ stream: w.SESSION, why: 'Lapse is newer now', by });
    expect(answer).toMatchObject({ kind: 'retried', stream: STREAM, parked: { revision: 3 } });
    expect(await world.events(OPS)).toMatchObject([
      { type: 'stream-retried', data: { stream: STREAM, why: 'Lapse is newer now', by } },
    ]);
    expect(await world.commands.retryParked({ stream: STREAM, why: ' ', by })).toMatchObject({ code: 'bad-value' });
  });
});
