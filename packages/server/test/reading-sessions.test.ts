import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { sessionEventsAnswer } from '@lapse/api';
import {
  agent,
  buyer,
  eventsPath,
  expectAnswer,
  expectProblem,
  HOUR_MS,
  MINUTE_MS,
  names,
  newWorld,
  open,
  OTHER_SESSION,
  readSession,
  SESSION,
  T0,
  uuid,
  type World,
} from './world.js';

let world: World;
beforeEach(async () => {
  world = await newWorld();
});
afterEach(() => world.close());

describe('reading a session', () => {
  beforeEach(() => world.post('/v1/sessions', open));

  it('tells what runs, until when, and how long it still has', async () => {
    world.clock.nowMs += MINUTE_MS;
    await world.post(eventsPath(), agent(1));
    world.clock.nowMs += 5 * MINUTE_MS;
    expect(await readSession(world)).toMatchObject({
      merchantId: 'm1',
      state: 'open',
      asOf: '2026-03-01T10:06:00.000Z',
      rule: 'buyer-silent',
      deadline: '2026-03-01T10:21:00.000Z',
      remainingMs: 15 * MINUTE_MS,
      config: { version: 1, policy: 'standard', merchantRevision: 0 },
      firstReplyAt: '2026-03-01T10:01:00.000Z',
      counts: { agentMessages: 1, buyerMessages: 0 },
      queue: null,
      close: null,
      comingClose: null,
      revision: 2,
    });
  });
  it('is lapsed, not open, between its deadline and the record of its close, provisional in the grace (D20)', async () => {
    await world.post(eventsPath(), agent(1));
    world.clock.nowMs = T0 + 20 * MINUTE_MS;
    expect((await readSession(world)).state).toBe('open');
    world.clock.nowMs += 1;
    expect(await readSession(world)).toMatchObject({
      state: 'lapsed',
      remainingMs: 0,
      comingClose: { reason: 'buyer-silent', at: '2026-03-01T10:20:00.000Z', provisional: true },
    });
    world.clock.nowMs += 5_000;
    expect((await readSession(world)).comingClose).toMatchObject({
      provisional: false,
      why: 'closed as buyer-silent: agent a17 wrote at 10:00:00.000Z, limit 20 min (config version 1), nothing by 10:20:00.000Z',
    });
  });
  it('says in one sentence why a session closed', async () => {
    await world.post(eventsPath(), agent(1));
    world.clock.nowMs += HOUR_MS;
    await world.post(eventsPath(), buyer(2));
    expect((await readSession(world)).close?.why).toBe(
      'closed as buyer-silent: agent a17 wrote at 10:00:00.000Z, limit 20 min (config version 1), nothing by 10:20:00.000Z',
    );
  });
  it('shows a session that waits in the queue', async () => {
    await world.post(eventsPath(), { type: 'queued', data: { queueId: 'night' } });
    expect(await readSession(world)).toMatchObject({
      rule: 'queue-expired',
      queue: { since: '2026-03-01T10:00:00.000Z', queueId: 'night' },
      deadline: '2026-03-02T10:00:00.000Z',
    });
  });
  it('shows a foreign opening as it will be once its limits are recorded, and writes nothing for that', async () => {
    const data = { merchantId: 'm1', openedBy: 'buyer' } as const;
    await world.foreign(names.session(OTHER_SESSION), { type: 'opened', occurredAtMs: T0, data });
    const session = await readSession(world, OTHER_SESSION);
    expect(session).toMatchObject({ state: 'open', rule: 'agent-silent', config: { version: 1 }, revision: 0 });
    expect(session.deadline).toBe('2026-03-01T16:00:00.000Z');
    const stored = await world.store.readStream(names.session(OTHER_SESSION));
    expect(stored.kind === 'page' && stored.events.length).toBe(1);
  });
  it('shows no limits where nobody can say which they are', async () => {
    const unreadable = { id: uuid(9), type: 'config-version', contentType: 'application/json' as const };
    const bytes = { data: Buffer.from('{}'), metadata: Buffer.from('{}') };
    await world.store.append(names.merchant('m7'), [{ ...unreadable, ...bytes }], 'any');
    const data = { merchantId: 'm7', openedBy: 'buyer' } as const;
    await world.foreign(names.session(OTHER_SESSION), { type: 'opened', occurredAtMs: T0, data });
    expect(await readSession(world, OTHER_SESSION)).toMatchObject({
      state: 'open',
      rule: null,
      config: null,
      deadline: null,
    });
    expectProblem(await world.get('/v1/merchants/m7/config'), 409, 'stream-parked');
  });
  it('answers HEAD without a body', async () => {
    const answer = await world.ask({ method: 'HEAD', path: `/v1/sessions/${SESSION}` });
    expect(answer).toMatchObject({ status: 200, text: '' });
  });
  it('does not know a session that nobody opened', async () => {
    expectProblem(await world.get(`/v1/sessions/${OTHER_SESSION}`), 404, 'no-such-session');
    expectProblem(await world.get(eventsPath(OTHER_SESSION)), 404, 'no-such-session');
  });
});

describe('the events of a session', () => {
  beforeEach(async () => {
    await world.post('/v1/sessions', open);
    await world.post(eventsPath(), { events: [buyer(1), agent(2), buyer(3)] });
  });

  it('come in pages that follow each other without a gap', async () => {
    const seen: number[] = [];
    let from: number | null = 0;
    for (let page = 0; page < 10 && from !== null; page++) {
      const answer = await world.get(`${eventsPath()}?fromRevision=${from}&limit=2`);
      const { events, nextRevision }: { events: { revision: number }[]; nextRevision: number | null } = expectAnswer(
        answer,
        200,
        sessionEventsAnswer,
      );
      seen.push(...events.map((event) => event.revision));
      from = nextRevision;
    }
    expect(seen).toEqual([0, 1, 2, 3, 4]);
  });
  it('end in an empty page behind the last one', async () => {
    const answer = await world.get(`${eventsPath()}?fromRevision=999999999999999`);
    expect(expectAnswer(answer, 200, sessionEventsAnswer)).toEqual({
      sessionId: SESSION,
      events: [],
      nextRevision: null,
    });
  });
  it('carry their data and never a message text', async () => {
    const { events } = expectAnswer(await world.get(eventsPath()), 200, sessionEventsAnswer);
    expect(events[3]).toMatchObject({
      id: uuid(2),
      type: 'message-from-agent',
      occurredAt: '2026-03-01T10:00:00.000Z',
      data: { senderId: 'a17', automated: false },
      metadata: { schemaVersion: 1 },
    });
  });
});

describe('a stream that cannot be read to its end', () => {
  beforeEach(async () => {
    await world.post('/v1/sessions', open);
    const unreadable = { id: uuid(9), type: 'queued', contentType: 'application/json' as const };
    const bytes = { data: Buffer.from('{"occurredAt":"soon"}'), metadata: Buffer.from('no json') };
    await world.store.append(names.session(SESSION), [{ ...unreadable, ...bytes }], 'any');
  });

  it('is answered as parked, with the place and the reason, by reads and by commands', async () => {
    const refused = expectProblem(await world.get(`/v1/sessions/${SESSION}`), 409, 'stream-parked');
    expect(refused.parked).toMatchObject({ revision: 2, why: expect.stringContaining('occurredAt') });
    expectProblem(await world.post(eventsPath(), buyer(1)), 409, 'stream-parked');
  });
  it('still shows its events, the unreadable one without data', async () => {
    const { events } = expectAnswer(await world.get(eventsPath()), 200, sessionEventsAnswer);
    expect(events.at(-1)).toMatchObject({ type: 'queued', data: null, occurredAt: null });
  });
});
