import { beforeEach, describe, expect, it } from '@jest/globals';
import { agent, buyer, HOUR_MS, MINUTE_MS, names, newWorld, open, SESSION, T0, uuid, type World } from './world.js';

const by = { role: 'merchant-main', id: 'owner' } as const;
let world: World;
beforeEach(() => {
  world = newWorld();
});

const change = (buyerReplyMinutes: unknown, merchantId = 'm1') =>
  world.commands.configure({ merchantId, command: { kind: 'change', buyerReplyMinutes }, by });

describe('pinning', () => {
  it('keeps 300 for A, B and C when the merchant switches to 50, and gives D 50', async () => {
    await change(300);
    const opened = [];
    for (let i = 0; i < 3; i++) opened.push(await world.commands.openSession(open));
    await change(50);
    opened.push(await world.commands.openSession(open));
    expect(opened.map((answer) => answer.kind === 'opened' && answer.pin.buyerReplyMinutes)).toEqual([
      300, 300, 300, 50,
    ]);
  });
  it('gives a bare opening the config that was in force at its place, not the newest', async () => {
    await change(300);
    await world.foreign(names.session(SESSION), {
      type: 'opened',
      occurredAtMs: T0,
      data: { merchantId: 'm1', openedBy: 'buyer' },
    });
    await change(50);
    expect(await world.commands.pinBareSession(SESSION)).toEqual({ kind: 'pinned' });
    const pin = (await world.events(names.session(SESSION))).at(-1);
    expect(pin?.data).toMatchObject({
      version: 2,
      buyerReplyMinutes: 300,
      merchantRevision: 1,
      occurredAt: '2026-03-01T10:00:00.000Z',
    });
  });
  it('answers the same opening again where a stranger has closed the session before it was pinned (D18)', async () => {
    await change(300);
    await world.foreign(
      names.session(SESSION),
      { type: 'opened', occurredAtMs: T0, data: open.data },
      { type: 'closed', occurredAtMs: T0 + MINUTE_MS, data: { reason: 'by-system' } },
    );
    await change(50);
    const again = await world.commands.openSession({ ...open, sessionId: SESSION });
    expect(again).toMatchObject({ kind: 'opened', repeated: true, openedAtMs: T0, pin: { buyerReplyMinutes: 300 } });
    const other = { sessionId: SESSION, data: { ...open.data, buyerId: 'b2' } };
    expect(await world.commands.openSession(other)).toMatchObject({ kind: 'refused', code: 'session-exists' });
  });
  it('pins a bare session before the first command on it', async () => {
    await world.foreign(names.session(SESSION), {
      type: 'opened',
      occurredAtMs: T0,
      data: { merchantId: 'm9', openedBy: 'buyer' },
    });
    world.clock.nowMs = T0 + MINUTE_MS;
    await world.commands.append({ sessionId: SESSION, events: [agent()] });
    expect(await world.history(SESSION)).toEqual(['opened +0', 'config-version +0', 'message-from-agent +1']);
  });
  it('folds what came before the pin with the pinned limits, lateness included', async () => {
    await world.foreign(
      names.session(SESSION),
      { type: 'opened', occurredAtMs: T0, data: { merchantId: 'm1', openedBy: 'buyer' } },
      { type: 'message-from-agent', occurredAtMs: T0 + 7 * HOUR_MS, data: { automated: false } },
    );
    world.clock.nowMs = T0 + 7 * HOUR_MS;
    expect(await world.commands.append({ sessionId: SESSION, events: [buyer()] })).toMatchObject({
      code: 'session-closed',
      close: { reason: 'agent-silent', atMs: T0 + 6 * HOUR_MS },
    });
  });
});

describe('D14: config change and open race', () => {
  it('an open that starts after a change was acknowledged gets it, in every process', async () => {
    const other = world.another();
    await other.openSession(open);
    await change(50);
    expect(await other.openSession(open)).toMatchObject({ pin: { buyerReplyMinutes: 50, merchantRevision: 1 } });
  });
  it('one that runs beside it gets either, and its copy names the revision it came from', async () => {
    await change(300);
    const [opened] = await Promise.all([world.another().openSession({ ...open, sessionId: SESSION }), change(50)]);
    const pin = (await world.events(names.session(SESSION)))[1]?.data;
    const versions = await world.events(names.merchant('m1'));
    expect(opened).toMatchObject({ kind: 'opened' });
    const source = versions[pin?.['merchantRevision'] as number]?.data;
    expect(source).toMatchObject({ version: pin?.['version'], buyerReplyMinutes: pin?.['buyerReplyMinutes'] });
  });
});

it('D17: a time that is left out is the time of receipt', async () => {
  world.clock.nowMs = T0 + MINUTE_MS;
  await world.commands.openSession({ ...open, sessionId: SESSION });
  world.clock.nowMs = T0 + 2 * MINUTE_MS;
  await world.commands.append({ sessionId: SESSION, events: [buyer()] });
  expect(await world.history(SESSION)).toEqual(['opened +1', 'config-version +1', 'message-from-buyer +2']);
});

describe('opening', () => {
  it('the same id with the same words is answered again, with other words refused (D18)', async () => {
    const first = await world.commands.openSession({ ...open, sessionId: SESSION });
    world.clock.nowMs += HOUR_MS;
    expect(await world.commands.openSession({ ...open, sessionId: SESSION })).toEqual({ ...first, repeated: true });
    expect(
      await world.commands.openSession({ sessionId: SESSION, data: { merchantId: 'm2', openedBy: 'buyer' } }),
    ).toMatchObject({ code: 'session-exists' });
  });
  it('races of two first commands for one merchant write one first version (D16)', async () => {
    await Promise.all([world.commands.openSession(open), world.another().openSession(open), change(50)]);
    const versions = (await world.events(names.merchant('m1'))).map(({ data }) => data['version']);
    expect(versions).toEqual([1, 2]);
  });
  it('with legacy keeps an unrolled merchant on version 0, 72 h (D16)', async () => {
    world = newWorld({ newMerchants: 'legacy' });
    const answer = await world.commands.openSession({ ...open, sessionId: SESSION });
    expect(answer).toMatchObject({
      pin: { version: 0, policy: 'legacy', agentReplyMinutes: 4320, queueMinutes: null, merchantRevision: null },
    });
    expect(await world.events(names.merchant('m1'))).toEqual([]);
    expect(await change(50)).toMatchObject({ code: 'not-rolled-out' });
    await world.commands.configure({ merchantId: 'm1', command: { kind: 'rollout' }, by });
    expect(await world.commands.openSession(open)).toMatchObject({ pin: { version: 1, agentReplyMinutes: 360 } });
  });
});

describe('a change of config', () => {
  it.each([4, 361, 20.5, '20', '', null, -1, Number.NaN, 1e9, undefined])(
    'refuses %p and writes nothing (D13)',
    async (value) => {
      expect(await change(value)).toMatchObject({ code: 'bad-value' });
      expect(await world.events(names.merchant('m1'))).toEqual([]);
    },
  );
  it.each([5, 360])('takes %p (D13)', async (value) => {
    expect(await change(value)).toMatchObject({
      kind: 'configured',
      current: { buyerReplyMinutes: value, version: 2 },
    });
  });
  it('to the same value makes no version, also by going back (D12)', async () => {
    await change(50);
    expect(await change(50)).toMatchObject({ changed: false, current: { version: 2 } });
    expect(
      await world.commands.configure({ merchantId: 'm1', command: { kind: 'revert', toVersion: 2 }, by }),
    ).toMatchObject({ changed: false });
    expect(
      await world.commands.configure({ merchantId: 'm1', command: { kind: 'revert', toVersion: 1 }, by }),
    ).toMatchObject({
      changed: true,
      current: { version: 3, buyerReplyMinutes: 20, data: { why: 'revert' } },
    });
    expect(
      await world.commands.configure({ merchantId: 'm1', command: { kind: 'revert', toVersion: 0 }, by }),
    ).toMatchObject({ code: 'no-such-version' });
  });
  it('of a fixed limit is refused before its value is looked at', async () => {
    const command = { kind: 'change', buyerReplyMinutes: 4, fixed: ['agentReplyMinutes'] } as const;
    expect(await world.commands.configure({ merchantId: 'm1', command, by })).toMatchObject({
      code: 'fixed-by-platform',
    });
  });
});

describe('the sweep', () => {
  it('closes once, whatever it was handed, and says why from the stream', async () => {
    await world.commands.openSession({ ...open, sessionId: SESSION });
    const reading = await world.commands.readSession(SESSION);
    if (reading.kind !== 'session') throw new Error('no session');
    world.clock.nowMs = T0 + 6 * HOUR_MS + 5_001;
    const other = world.another();
    const answers = await Promise.all([
      world.commands.closeIfDue(reading.state, world.clock.nowMs),
      other.closeIfDue(reading.state, world.clock.nowMs),
    ]);
    expect(answers.filter((answer) => answer.kind === 'closed')).toHaveLength(1);
    expect(await world.history(SESSION)).toEqual(['opened +0', 'config-version +0', 'closed +360']);
  });
  it('lets a session live whose agent answered a moment ago', async () => {
    await world.commands.openSession({ ...open, sessionId: SESSION });
    const stale = await world.commands.readSession(SESSION);
    if (stale.kind !== 'session') throw new Error('no session');
    world.clock.nowMs = T0 + 6 * HOUR_MS;
    await world.commands.append({ sessionId: SESSION, events: [agent()] });
    expect(await world.commands.closeIfDue(stale.state, T0 + 6 * HOUR_MS + 5_001)).toEqual({ kind: 'not-due' });
  });
  it('closes a latched session at once: a late foreign event came first (D6)', async () => {
    await world.commands.openSession({ ...open, sessionId: SESSION });
    await world.foreign(names.session(SESSION), {
      type: 'message-from-agent',
      occurredAtMs: T0 + 6 * HOUR_MS + 1,
      data: { automated: false },
      id: uuid(9),
    });
    const reading = await world.commands.readSession(SESSION);
    if (reading.kind !== 'session') throw new Error('no session');
    expect(await world.commands.closeIfDue(reading.state, T0)).toMatchObject({
      kind: 'closed',
      reason: 'agent-silent',
      deadlineAtMs: T0 + 6 * HOUR_MS,
    });
    expect(await world.commands.readSession(SESSION)).toMatchObject({
      state: { status: 'closed', close: { revision: 3 } },
    });
  });
});
