import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { alreadyClosedAnswer, appendedAnswer, openSessionAnswer, sessionEventsAnswer } from '@lapse/api';
import {
  agent,
  buyer,
  eventsPath,
  expectAnswer,
  expectProblem,
  HOUR_MS,
  MINUTE_MS,
  newWorld,
  open,
  OTHER_SESSION,
  readSession,
  SESSION,
  uuid,
  type World,
} from './world.js';

let world: World;
beforeEach(async () => {
  world = await newWorld();
});
afterEach(() => world.close());

describe('opening a session', () => {
  it('answers with the limits that the session keeps, its deadline and where it is', async () => {
    const answer = await world.post('/v1/sessions', open);
    expect(expectAnswer(answer, 201, openSessionAnswer)).toMatchObject({
      outcome: 'opened',
      sessionId: SESSION,
      openedAt: '2026-03-01T10:00:00.000Z',
      revision: 1,
      config: { version: 1, policy: 'standard', agentReplyMinutes: 360, buyerReplyMinutes: 20, queueMinutes: 1440 },
      rule: 'agent-silent',
      deadline: '2026-03-01T16:00:00.000Z',
    });
    expect(answer.headers.location).toBe(`/v1/sessions/${SESSION}`);
    expect((await world.get(answer.headers.location as string)).status).toBe(200);
  });
  it('makes an id where the sender gives none', async () => {
    const answer = await world.post('/v1/sessions', { merchantId: 'm1', openedBy: 'system' });
    const { sessionId } = expectAnswer(answer, 201, openSessionAnswer);
    expect((await readSession(world, sessionId)).opened.openedBy).toBe('system');
  });
  it('gives the first answer again, with 200, when the same words are sent again (D18)', async () => {
    const first = expectAnswer(await world.post('/v1/sessions', open), 201, openSessionAnswer);
    world.clock.nowMs += HOUR_MS;
    const again = expectAnswer(await world.post('/v1/sessions', open), 200, openSessionAnswer);
    expect(again).toEqual({ ...first, outcome: 'repeated' });
  });
  it('refuses the same id with other words', async () => {
    await world.post('/v1/sessions', open);
    expectProblem(await world.post('/v1/sessions', { ...open, merchantId: 'm2' }), 409, 'session-exists');
  });
  it('takes an event id as a ULID or a UUID and answers with the UUID', async () => {
    const ulid = '01KJM0000000000000000000ZZ';
    const first = await world.post('/v1/sessions', { ...open, eventId: ulid.toLowerCase() });
    const { eventId } = expectAnswer(first, 201, openSessionAnswer);
    expect(eventId).toMatch(/^[0-9a-f]{8}-[0-9a-f-]{27}$/);
    const again = await world.post('/v1/sessions', { ...open, eventId: eventId.toUpperCase() });
    expectAnswer(again, 200, openSessionAnswer);
  });
  it('takes any offset and writes Z (section 3)', async () => {
    const answer = await world.post('/v1/sessions', { ...open, occurredAt: '2026-03-01T17:30:00+08:00' });
    expect(expectAnswer(answer, 201, openSessionAnswer).openedAt).toBe('2026-03-01T09:30:00.000Z');
  });
  it('refuses an opening further ahead than a clock may be (D8)', async () => {
    const answer = await world.post('/v1/sessions', { ...open, occurredAt: '2026-03-01T10:00:06Z' });
    expectProblem(answer, 422, 'in-the-future');
  });
});

describe('appending', () => {
  beforeEach(() => world.post('/v1/sessions', open));

  it('writes one event and says where it stands', async () => {
    const answer = await world.post(eventsPath(), agent(1));
    expect(expectAnswer(answer, 201, appendedAnswer)).toMatchObject({
      outcome: 'written',
      sessionId: SESSION,
      previousSessionId: null,
      openedSuccessor: false,
      revision: 2,
      events: [{ id: uuid(1), type: 'message-from-agent', revision: 2, occurredAt: '2026-03-01T10:00:00.000Z' }],
    });
  });
  it('every append answer carries a position that is behind the one before', async () => {
    const positions: string[] = [];
    for (let i = 1; i <= 3; i++) {
      const { position } = expectAnswer(await world.post(eventsPath(), buyer(i)), 201, appendedAnswer);
      positions.push(position as string);
    }
    const order = positions
      .slice(1)
      .map((position, i) => world.store.comparePositions(positions[i] as never, position as never));
    expect(order.every((sign) => sign < 0)).toBe(true);
  });
  it('writes a batch whole', async () => {
    const answer = await world.post(eventsPath(), { events: [buyer(1), agent(2), { type: 'queued' }] });
    expect(expectAnswer(answer, 201, appendedAnswer).events.map((event) => event.revision)).toEqual([2, 3, 4]);
  });
  it('takes a thousand events at once and refuses one more', async () => {
    const events = Array.from({ length: 1_000 }, () => buyer());
    expectProblem(await world.post(eventsPath(), { events: [...events, buyer()] }), 422, 'bad-value');
    expect(expectAnswer(await world.post(eventsPath(), { events }), 201, appendedAnswer).events).toHaveLength(1_000);
  });
  it('answers a retry with 200 and what it answered first, also after the session has closed (D18)', async () => {
    const first = expectAnswer(await world.post(eventsPath(), agent(1)), 201, appendedAnswer);
    world.clock.nowMs += HOUR_MS;
    expectProblem(await world.post(eventsPath(), buyer(2)), 409, 'session-closed');
    const again = expectAnswer(await world.post(eventsPath(), agent(1)), 200, appendedAnswer);
    expect(again).toEqual({ ...first, outcome: 'repeated' });
  });
  it('refuses a known id with other data', async () => {
    await world.post(eventsPath(), agent(1));
    expectProblem(await world.post(eventsPath(), buyer(1)), 409, 'event-id-reused');
  });
  it('names the event of a batch that made the difference', async () => {
    await world.post(eventsPath(), buyer(1));
    const mixed = await world.post(eventsPath(), { events: [buyer(1), buyer(2)] });
    expect(expectProblem(mixed, 409, 'batch-half-known').index).toBe(1);
    const malformed = await world.post(eventsPath(), { events: [buyer(3), { type: 'queued', data: { queueId: '' } }] });
    expect(expectProblem(malformed, 422, 'bad-value')).toMatchObject({
      index: 1,
      errors: [{ at: 'body.events.1.data.queueId' }],
    });
  });
  it('compares the expected revision beside one event and beside a batch', async () => {
    const wrong = await world.post(eventsPath(), { ...buyer(1), expectedRevision: 5 });
    expect(expectProblem(wrong, 409, 'wrong-revision').actualRevision).toBe(1);
    expectProblem(await world.post(eventsPath(), { events: [buyer(1)], expectedRevision: 0 }), 409, 'wrong-revision');
    expectAnswer(await world.post(eventsPath(), { ...buyer(1), expectedRevision: 1 }), 201, appendedAnswer);
  });
  it('answers session-closed with the close and its proof in the body (D6, D10)', async () => {
    await world.post(eventsPath(), agent(1));
    world.clock.nowMs += 20 * MINUTE_MS + 1;
    const refused = expectProblem(await world.post(eventsPath(), buyer(2)), 409, 'session-closed');
    expect(refused.close).toMatchObject({
      reason: 'buyer-silent',
      at: '2026-03-01T10:20:00.000Z',
      proof: { limitMinutes: 20, anchor: { revision: 2 } },
    });
  });
  it('opens the successor with onClosed: "open-new" (D10)', async () => {
    world.clock.nowMs += 6 * HOUR_MS + 1;
    const answer = await world.post(eventsPath(), { ...buyer(1), onClosed: 'open-new' });
    const appended = expectAnswer(answer, 201, appendedAnswer);
    expect(appended).toMatchObject({ previousSessionId: SESSION, openedSuccessor: true, revision: 2 });
    expect(await readSession(world, appended.sessionId)).toMatchObject({ previousSessionId: SESSION, state: 'open' });
    const again = await world.post(eventsPath(), { ...buyer(1), onClosed: 'open-new' });
    expect(expectAnswer(again, 200, appendedAnswer).sessionId).toBe(appended.sessionId);
  });
  it('closes with the reason of the sender, and closing again is a success without an event (D19)', async () => {
    const close = { type: 'closed', data: { reason: 'by-agent', closedBy: { role: 'merchant-agent', id: 'a17' } } };
    expectAnswer(await world.post(eventsPath(), close), 201, appendedAnswer);
    expect(expectAnswer(await world.post(eventsPath(), close), 200, alreadyClosedAnswer)).toMatchObject({
      outcome: 'already-closed',
      revision: 2,
      close: { reason: 'by-agent', closedBy: { role: 'merchant-agent', id: 'a17' }, proof: null },
    });
    expect((await readSession(world)).close?.why).toContain('closed by the agent');
  });
  it('takes no timeout, no proof and no close without a reason from a sender', async () => {
    const send = (data: unknown) => world.post(eventsPath(), { type: 'closed', data });
    expectProblem(await send({ reason: 'buyer-silent' }), 422, 'bad-value');
    expectProblem(await send({ reason: 'by-source' }), 422, 'bad-value');
    expectProblem(await send({ reason: 'by-agent', proof: {} }), 422, 'unknown-field');
    expectProblem(await world.post(eventsPath(), { type: 'closed' }), 422, 'bad-value');
    expect((await readSession(world)).state).toBe('open');
  });
  it('does not know a session that nobody opened', async () => {
    expectProblem(await world.post(eventsPath(OTHER_SESSION), buyer(1)), 404, 'no-such-session');
  });
  it('writes the correlation id of the request beside the event', async () => {
    const headers = { 'x-correlation-id': 'order/4711' };
    const answer = await world.ask({ method: 'POST', path: eventsPath(), json: buyer(1), headers });
    expect(answer.headers['x-correlation-id']).toBe('order/4711');
    const { events } = expectAnswer(await world.get(eventsPath()), 200, sessionEventsAnswer);
    expect(events.at(-1)?.metadata.correlationId).toBe('order/4711');
  });
});
