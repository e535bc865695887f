import { beforeEach, describe, expect, it } from '@jest/globals';
import {
  agent,
  automated,
  buyer,
  closed,
  HOUR_MS,
  MINUTE_MS,
  names,
  newWorld,
  open,
  queued,
  SESSION,
  T0,
  uuid,
  type World,
} from './world.js';

let world: World;
beforeEach(async () => {
  world = newWorld();
  await world.commands.openSession({ ...open, sessionId: SESSION });
});

const send = (...events: ReturnType<typeof buyer>[]) => world.commands.append({ sessionId: SESSION, events });
const sendOn = (...events: ReturnType<typeof buyer>[]) =>
  world.commands.append({ sessionId: SESSION, events, onClosed: 'open-new' });

describe('a message within the limit', () => {
  it('is written where it was sent', async () => {
    world.clock.nowMs = T0 + MINUTE_MS;
    expect(await send(buyer())).toMatchObject({ kind: 'appended', sessionId: SESSION, revision: 2, repeated: false });
  });
  it('is in time at the very instant of the deadline (D1)', async () => {
    world.clock.nowMs = T0 + 6 * HOUR_MS;
    expect(await send(agent())).toMatchObject({ kind: 'appended' });
  });
  it('is taken until the grace has passed if it happened in time (D7)', async () => {
    world.clock.nowMs = T0 + 6 * HOUR_MS + 5_000;
    expect(await send(agent(T0 + 6 * HOUR_MS))).toMatchObject({ kind: 'appended' });
  });
  it('is an event on a closed session one millisecond after the grace (D7)', async () => {
    world.clock.nowMs = T0 + 6 * HOUR_MS + 5_001;
    expect(await send(agent(T0 + MINUTE_MS))).toMatchObject({ kind: 'refused', code: 'session-closed' });
    expect(await world.history(SESSION)).toEqual(['opened +0', 'config-version +0', 'closed +360']);
  });
});

describe('an event after the deadline (D6)', () => {
  it('finds the timeout close written first, stamped with the deadline and its proof', async () => {
    world.clock.nowMs = T0 + MINUTE_MS;
    await send(agent());
    world.clock.nowMs = T0 + 21 * MINUTE_MS + 1;
    const answer = await send(buyer());
    expect(answer).toMatchObject({
      code: 'session-closed',
      close: { reason: 'buyer-silent', atMs: T0 + 21 * MINUTE_MS },
    });
    const last = (await world.events(names.session(SESSION))).at(-1);
    expect(last?.data).toEqual({
      occurredAt: '2026-03-01T10:21:00.000Z',
      reason: 'buyer-silent',
      proof: {
        rule: 'buyer-silent',
        limitMinutes: 20,
        configVersion: 1,
        anchor: { revision: 2, type: 'message-from-agent', occurredAt: '2026-03-01T10:01:00.000Z' },
        deadline: '2026-03-01T10:21:00.000Z',
      },
    });
  });
  it('opens the successor where the sender asks for it (D10)', async () => {
    world.clock.nowMs = T0 + 7 * HOUR_MS;
    const answer = await sendOn(buyer());
    expect(answer).toMatchObject({ kind: 'appended', openedSuccessor: true, previousSessionId: SESSION, revision: 2 });
    const { sessionId } = answer as { sessionId: string };
    expect(await world.history(sessionId)).toEqual(['opened +420', 'config-version +420', 'message-from-buyer +420']);
  });
  it('lets three concurrent messages open exactly one successor (D10)', async () => {
    world.clock.nowMs = T0 + 7 * HOUR_MS;
    const other = world.another();
    const answers = await Promise.all([
      sendOn(buyer()),
      other.append({ sessionId: SESSION, events: [buyer()], onClosed: 'open-new' }),
      sendOn(queued()),
    ]);
    const ids = new Set(answers.map((answer) => (answer as { sessionId: string }).sessionId));
    expect(ids.size).toBe(1);
    expect(answers.filter((answer) => answer.kind === 'appended' && answer.openedSuccessor)).toHaveLength(1);
    expect(await world.history([...ids][0] as string)).toHaveLength(5);
  });
  it('never opens a successor for an automated message', async () => {
    world.clock.nowMs = T0 + 7 * HOUR_MS;
    expect(await sendOn(automated())).toMatchObject({ code: 'session-closed' });
  });
  it('goes to the end of the chain, and a day-old message opens a session that lapses in its turn', async () => {
    world.clock.nowMs = T0 + 7 * HOUR_MS;
    const first = (await sendOn(buyer())) as { sessionId: string };
    world.clock.nowMs = T0 + 40 * HOUR_MS;
    const second = (await sendOn(buyer(T0 + 14 * HOUR_MS))) as { sessionId: string };
    expect(second.sessionId).not.toBe(first.sessionId);
    expect(await world.history(second.sessionId)).toEqual([
      'opened +840',
      'config-version +840',
      'message-from-buyer +840',
    ]);
    const third = (await sendOn(buyer())) as { sessionId: string };
    expect((await world.history(second.sessionId)).at(-1)).toBe('closed +1200');
    expect(await world.history(third.sessionId)).toHaveLength(3);
  });
});

describe('closing (D19)', () => {
  it('a closed session succeeds without an event', async () => {
    world.clock.nowMs = T0 + MINUTE_MS;
    expect(await send(closed())).toMatchObject({ kind: 'appended' });
    expect(await send(closed())).toMatchObject({ kind: 'already-closed', close: { reason: 'by-agent' } });
    expect(await world.history(SESSION)).toHaveLength(3);
  });
  it('late finds the timeout close, which stands', async () => {
    world.clock.nowMs = T0 + 7 * HOUR_MS;
    expect(await send(closed())).toMatchObject({ kind: 'already-closed', close: { reason: 'agent-silent' } });
  });
});

describe('the same thing said twice (D18)', () => {
  it('is answered as the first time, also after the session has closed', async () => {
    world.clock.nowMs = T0 + MINUTE_MS;
    const first = await send(buyer(T0, uuid(1)));
    world.clock.nowMs = T0 + 9 * HOUR_MS;
    await send(buyer());
    expect(await send(buyer(undefined, uuid(1)))).toMatchObject({ ...first, repeated: true });
  });
  it('is found anywhere in the chain with open-new', async () => {
    world.clock.nowMs = T0 + 7 * HOUR_MS;
    const first = await sendOn(buyer(undefined, uuid(1)));
    world.clock.nowMs = T0 + 20 * HOUR_MS;
    const again = await sendOn(buyer(undefined, uuid(1)));
    expect(again).toMatchObject({ sessionId: (first as { sessionId: string }).sessionId, repeated: true, revision: 2 });
  });
  it('is refused with other data', async () => {
    await send(buyer(T0, uuid(1)));
    expect(await send(agent(T0, uuid(1)))).toMatchObject({ code: 'event-id-reused', index: 0 });
  });
  it('is refused for a batch that mixes known and new ids, with the first odd one', async () => {
    await send(buyer(T0, uuid(1)));
    expect(await send(buyer(T0, uuid(1)), buyer(T0, uuid(2)))).toMatchObject({ code: 'batch-half-known', index: 1 });
  });
  it('is refused twice in one batch', async () => {
    expect(await send(buyer(T0, uuid(1)), buyer(T0, uuid(1)))).toMatchObject({ code: 'event-id-reused', index: 1 });
  });
});

describe('a batch', () => {
  it('is refused whole where it would cross a close', async () => {
    world.clock.nowMs = T0 + MINUTE_MS;
    expect(await send(closed(), buyer())).toMatchObject({ code: 'batch-crosses-close', index: 1 });
    expect(await world.history(SESSION)).toHaveLength(2);
  });
  it('writes nothing but the close that is due before its first event', async () => {
    world.clock.nowMs = T0 + 7 * HOUR_MS;
    expect(await sendOn(buyer(), automated())).toMatchObject({ code: 'session-closed', index: 1 });
    expect(await world.history(SESSION)).toEqual(['opened +0', 'config-version +0', 'closed +360']);
  });
  it('is written in one go', async () => {
    world.clock.nowMs = T0 + 2 * MINUTE_MS;
    expect(await send(queued(T0 + 1), buyer(), agent())).toMatchObject({ kind: 'appended', revision: 4 });
  });
});

describe('time (D8)', () => {
  it('too far ahead of the receipt is refused', async () => {
    expect(await send(buyer(T0 + 5_001))).toMatchObject({ code: 'in-the-future', index: 0 });
  });
  it('a little ahead is written as the time of receipt, the claimed time kept', async () => {
    await send(buyer(T0 + 5_000));
    expect((await world.history(SESSION)).at(-1)).toBe('message-from-buyer +0');
  });
});

describe('the expected revision', () => {
  it('is compared when something is written', async () => {
    expect(await world.commands.append({ sessionId: SESSION, events: [buyer()], expectedRevision: 0 })).toMatchObject({
      code: 'wrong-revision',
      actualRevision: 1,
    });
  });
  it('is judged by the stream, not by what is remembered of it', async () => {
    await world.another().append({ sessionId: SESSION, events: [buyer()] });
    const answer = await world.commands.append({ sessionId: SESSION, events: [buyer()], expectedRevision: 2 });
    expect(answer).toMatchObject({ kind: 'appended', revision: 3 });
  });
});

it('a hundred messages at once to one session are all written, once each', async () => {
  const other = world.another();
  const answers = await Promise.all(
    Array.from({ length: 100 }, (_, i) =>
      (i % 2 === 0 ? world.commands : other).append({ sessionId: SESSION, events: [buyer(T0, uuid(i + 1))] }),
    ),
  );
  expect(answers.every((answer) => answer.kind === 'appended')).toBe(true);
  expect(await world.history(SESSION)).toHaveLength(102);
});

it('commands on a session that does not exist say so', async () => {
  expect(await world.commands.append({ sessionId: '01KJM0000000000000000000ZZ', events: [buyer()] })).toMatchObject({
    code: 'no-such-session',
  });
});
