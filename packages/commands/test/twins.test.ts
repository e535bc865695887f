import { describe, expect, it } from '@jest/globals';
import { extractFacts } from '@lapse/domain';
import { createMemoryStore, type EventStore } from '@lapse/store';
import type { AppendEvents, Commands, EventToSend } from '../src/index.js';
import { agent, buyer, HOUR_MS, MINUTE_MS, newWorld, open, SESSION, T0, uuid, type World } from './world.js';

const by = { role: 'merchant-main', id: 'a1' } as const;

/** As an EventStoreDB node answers: a repeat in the words of the first append. Counts what is read. */
const storeThatCannotTell = (): { store: EventStore; reads: () => number } => {
  const inner = createMemoryStore({ extractFacts, nowMs: () => T0, identity: 'test' });
  let reads = 0;
  const store = Object.assign(Object.create(inner) as EventStore, {
    tellsRepeats: false,
    append: async (...call: Parameters<EventStore['append']>) => {
      const result = await inner.append(...call);
      return result.kind === 'appended' ? { ...result, repeated: false } : result;
    },
    readStream: (...call: Parameters<EventStore['readStream']>) => {
      reads++;
      return inner.readStream(...call);
    },
  });
  return { store, reads: () => reads };
};

interface Twins {
  readonly world: World;
  /** Two engines that both know the session as it stands now. */
  readonly engines: readonly [Commands, Commands];
  readonly reads: () => number;
}

const twins = async (): Promise<Twins> => {
  const { store, reads } = storeThatCannotTell();
  const world = newWorld({}, store);
  const engines = [world.commands, world.another()] as const;
  await engines[0].openSession({ ...open, sessionId: SESSION });
  await engines[1].append({ sessionId: SESSION, events: [buyer(T0, uuid(1))] });
  await engines[0].append({ sessionId: SESSION, events: [buyer(T0, uuid(1))] });
  return { world, engines, reads };
};

describe('one event id, sent to two engines at the same moment, over a store that cannot tell a repeat (D18)', () => {
  /** One engine receives it a minute after the start, the other one a minute later: both must answer with the first time. */
  const sentToBoth = async (event: EventToSend): Promise<Twins> => {
    const both = await twins();
    const { world, engines } = both;
    const sent = { sessionId: SESSION, events: [event] };
    world.clock.nowMs = T0 + MINUTE_MS;
    const first = await engines[0].append(sent);
    world.clock.nowMs = T0 + 2 * MINUTE_MS;
    const second = await engines[1].append(sent);
    expect(first).toMatchObject({ kind: 'appended', repeated: false, events: [{ occurredAtMs: T0 + MINUTE_MS }] });
    expect(second).toMatchObject({ ...first, repeated: true });
    return both;
  };

  it('is answered with the time that stands in the log, by both', async () => {
    const { world } = await sentToBoth(buyer(undefined, uuid(2)));
    expect(await world.history(SESSION)).toEqual([
      ...['opened +0', 'config-version +0'],
      ...['message-from-buyer +0', 'message-from-buyer +1'],
    ]);
  });

  it('is answered with the successor that the other one has opened, by both', async () => {
    const { world, engines } = await twins();
    const sent = { sessionId: SESSION, onClosed: 'open-new', events: [buyer(undefined, uuid(2))] } as const;
    world.clock.nowMs = T0 + 7 * HOUR_MS;
    await engines[0].append({ sessionId: SESSION, events: [buyer(undefined, uuid(3))] });
    await engines[1].append({ sessionId: SESSION, events: [buyer(undefined, uuid(3))] });
    const [first, second] = await Promise.all([
      engines[0].append({ ...sent, receivedAtMs: T0 + 7 * HOUR_MS }),
      engines[1].append({ ...sent, receivedAtMs: T0 + 8 * HOUR_MS }),
    ]);
    const occurredAtMs = (answer: unknown): unknown => (answer as { events: { occurredAtMs: number }[] }).events[0];
    expect(occurredAtMs(first)).toEqual(occurredAtMs(second));
    expect([first, second].filter((answer) => 'repeated' in answer && answer.repeated)).toHaveLength(1);
  });

  it('is answered with the time that stands in the log where one of them has moved it to the receipt', async () => {
    await sentToBoth(agent(T0 + MINUTE_MS + 4_000, uuid(2)));
  });

  it('is refused where it says something else', async () => {
    const { world, engines } = await twins();
    const sent = (length: number): AppendEvents => {
      const { id, occurredAtMs } = buyer(T0 + MINUTE_MS, uuid(2));
      return { sessionId: SESSION, events: [{ type: 'message-from-buyer', id, occurredAtMs, data: { length } }] };
    };
    world.clock.nowMs = T0 + MINUTE_MS;
    expect(await engines[0].append(sent(1))).toMatchObject({ kind: 'appended', repeated: false });
    expect(await engines[1].append(sent(2))).toMatchObject({ kind: 'refused', code: 'event-id-reused' });
    expect(await engines[1].append(sent(1))).toMatchObject({ kind: 'appended', repeated: true });
  });

  it('costs a look at the log where the sender gave the id, and nowhere else', async () => {
    const { engines, reads, world } = await twins();
    world.clock.nowMs = T0 + MINUTE_MS;
    const readsOf = async (event: ReturnType<typeof buyer>): Promise<number> => {
      const before = reads();
      await engines[0].append({ sessionId: SESSION, events: [event] });
      return reads() - before;
    };
    expect(await readsOf(buyer(T0 + 1, uuid(5)))).toBe(1);
    expect(await readsOf(buyer(undefined, uuid(6)))).toBe(1);
    expect(await readsOf(buyer())).toBe(0);
  });
});

describe('one session id, opened at two engines at the same moment, over a store that cannot tell a repeat (D18)', () => {
  it('is opened once, at the time that stands in the log', async () => {
    const { store } = storeThatCannotTell();
    const world = newWorld({}, store);
    const engines = [world.commands, world.another()] as const;
    const [first, second] = await Promise.all([
      engines[0].openSession({ ...open, sessionId: SESSION, receivedAtMs: T0 }),
      engines[1].openSession({ ...open, sessionId: SESSION, receivedAtMs: T0 + MINUTE_MS }),
    ]);
    expect(await world.history(SESSION)).toEqual(['opened +0', 'config-version +0']);
    expect(first).toMatchObject({ kind: 'opened', openedAtMs: T0 });
    expect(second).toMatchObject({ kind: 'opened', openedAtMs: T0, repeated: true });
  });

  it('is pinned to the config that stands in the log, also where the config changed between the two', async () => {
    const { store } = storeThatCannotTell();
    const world = newWorld({}, store);
    const change = (buyerReplyMinutes: number) =>
      world.commands.configure({ merchantId: 'm1', command: { kind: 'change', buyerReplyMinutes }, by });
    await change(300);
    const append = store.append.bind(store);
    const held: (() => void)[] = [];
    // Each opening waits for its turn, with the config that it has read.
    store.append = async (stream, ...rest) => {
      if (stream.includes(SESSION)) await new Promise<void>((resolve) => held.push(resolve));
      return append(stream, ...rest);
    };
    const command = { ...open, sessionId: SESSION, occurredAtMs: T0 };
    const first = world.commands.openSession(command);
    while (held.length < 1) await new Promise((resolve) => setImmediate(resolve));
    await change(50);
    const second = world.another().openSession(command);
    while (held.length < 2) await new Promise((resolve) => setImmediate(resolve));
    held[0]?.();
    expect(await first).toMatchObject({ kind: 'opened', repeated: false, pin: { buyerReplyMinutes: 300 } });
    held[1]?.();
    expect(await second).toMatchObject({ kind: 'opened', repeated: true, pin: { buyerReplyMinutes: 300 } });
  });
});
