import { afterAll, describe, expect, it } from '@jest/globals';
import { type EventToSend } from '@lapse/commands';
import { readEvent } from '@lapse/domain';
import type { EventStore } from '@lapse/store';
import * as w from './lib/world.js';

afterAll(w.removeTempFolders);

const seed = Number(process.env['LAPSE_SEED'] ?? 20);
const { T0, MINUTE_MS } = w;
const HOUR_MS = 60 * MINUTE_MS;
const SESSIONS = 25;
const EVENTS = 220;
const LASTS_MS = 30 * HOUR_MS;

const seeded = (from: number): (() => number) => {
  let state = from >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
};

interface Planned {
  readonly atMs: number;
  readonly session: number;
  readonly event: EventToSend;
}

/** What senders do, the same in every world: when, in which session, what. */
const planOf = (random: () => number): readonly Planned[] =>
  Array.from({ length: EVENTS }, (_, i): Planned => {
    const atMs = T0 + Math.floor(random() * LASTS_MS);
    const types = ['message-from-buyer', 'message-from-agent', 'queued', 'closed'] as const;
    const type = types[Math.min(3, Math.floor(random() * 3.2))] as (typeof types)[number];
    const data =
      type === 'closed' ? { reason: 'by-agent' as const } : type === 'message-from-agent' ? { automated: false } : {};
    // Up to ten seconds old when it is received: in time, within the grace, or behind it.
    const occurredAtMs = atMs - Math.floor(random() * 10_000);
    const event = { type, id: w.eventId(1_000_000 + i), occurredAtMs, data } as EventToSend;
    return { atMs, session: Math.floor(random() * SESSIONS), event };
  }).sort((a, b) => a.atMs - b.atMs);

/** Runs the plan on a virtual clock with a sweep every `intervalMs`, and gives every stream as it can be compared. */
const streamsWith = async (
  intervalMs: number,
  plan: readonly Planned[],
  engines = 1,
): Promise<Map<string, object[]>> => {
  const clock = new w.ManualClock();
  const store = w.memoryStore(clock);
  const running: w.Engine[] = [];
  for (let i = 0; i < engines; i++) running.push(await w.openEngine(store, clock));
  await w.live(store, ...running);
  const { commands } = running[0] as w.Engine;
  for (let i = 0; i < SESSIONS; i++) await w.openSession(commands, i, T0);
  let head = await store.headPosition();
  const settle = async (): Promise<void> => {
    const now = await store.headPosition();
    if (now !== head) await w.caughtUp(store, ...running);
    head = now;
  };
  let next = 0;
  const endMs = T0 + LASTS_MS + 73 * HOUR_MS;
  for (let sweepAtMs = T0 + intervalMs; sweepAtMs < endMs + intervalMs;) {
    const planned = plan[next];
    if (planned !== undefined && planned.atMs < sweepAtMs) {
      next++;
      clock.nowMs = planned.atMs;
      await commands.append({ sessionId: w.sessionId(planned.session), events: [planned.event], onClosed: 'open-new' });
    } else {
      clock.nowMs = sweepAtMs;
      await settle();
      await Promise.all(running.map(({ timeouts }) => timeouts.tick(sweepAtMs)));
      sweepAtMs += next < plan.length ? intervalMs : Math.max(intervalMs, HOUR_MS);
    }
  }
  await settle();
  for (const { timeouts } of running) expect(timeouts.status().pending).toBe(0);
  await Promise.all(running.map(w.closeEngine));
  return streamsOf(store);
};

const streamsOf = async (store: EventStore): Promise<Map<string, object[]>> => {
  const streams = new Map<string, object[]>();
  let after: Parameters<EventStore['readAll']>[0]['after'] = 'start';
  for (;;) {
    const page = await store.readAll({ after });
    for (let i = 0; i < page.size; i++) {
      const { stream, revision, id, data, type } = page.event(i);
      const events = streams.get(stream) ?? [];
      events.push({ revision, id, type, data: Buffer.from(data).toString() });
      streams.set(stream, events);
    }
    if (page.atEnd) return streams;
    after = page.scannedTo;
  }
};

const sorted = (streams: Map<string, object[]>): unknown => [...streams].sort(([a], [b]) => (a < b ? -1 : 1));

describe('the same commands give the same log (D6)', () => {
  it(`for a sweep every second, every five minutes and every day (seed ${seed})`, async () => {
    const plan = planOf(seeded(seed));
    const everySecond = await streamsWith(1_000, plan);
    const closes = [...everySecond.values()].flat().filter((event) => (event as { type: string }).type === 'closed');
    expect(closes.length).toBeGreaterThan(SESSIONS);
    expect(sorted(await streamsWith(5 * MINUTE_MS, plan))).toEqual(sorted(everySecond));
    expect(sorted(await streamsWith(24 * HOUR_MS, plan))).toEqual(sorted(everySecond));
  });

  it(`for one engine or three (seed ${seed})`, async () => {
    const plan = planOf(seeded(seed + 1));
    expect(sorted(await streamsWith(5 * MINUTE_MS, plan, 3))).toEqual(sorted(await streamsWith(5 * MINUTE_MS, plan)));
  });
});

describe('a crash between any two steps', () => {
  /** A store that stops answering at its n-th append, before or after it has been written. */
  const dyingStore = (
    store: EventStore,
    diesAt: number,
    afterWriting: boolean,
  ): { store: EventStore; died: Promise<void> } => {
    let appends = 0;
    let tellDeath = (): void => undefined;
    const died = new Promise<void>((resolve) => (tellDeath = resolve));
    const never = new Promise<never>(() => undefined);
    const append: EventStore['append'] = async (...args) => {
      const number = appends++;
      if (number < diesAt) return store.append(...args);
      if (number === diesAt && afterWriting) await store.append(...args);
      tellDeath();
      return never;
    };
    return { store: Object.assign(Object.create(store) as EventStore, { append }), died };
  };

  it.each([
    ['before the append', false],
    ['after the append, before its answer', true],
  ])('%s leaves each session with exactly one close once somebody takes over', async (_when, afterWriting) => {
    const sessions = 6;
    for (let diesAt = 0; diesAt <= sessions; diesAt++) {
      const clock = new w.ManualClock();
      const store = w.memoryStore(clock);
      const commands = w.commandsOn(store, clock);
      for (let i = 0; i < sessions; i++) await w.openSession(commands, i, T0 - i);
      const file = `${w.tempFolder()}/views.db`;
      const dying = dyingStore(store, diesAt, afterWriting);
      const first = await w.openEngine(dying.store, clock, { file, limits: { inFlightMax: 2 } });
      await w.live(store, first);
      clock.nowMs = T0 + 7 * HOUR_MS;
      await Promise.race([first.timeouts.tick(clock.nowMs), dying.died]);
      // Half of the crashes leave rows that lag behind the log, half do not.
      if (diesAt % 2 === 0) first.projections.flush();
      first.views.close();
      const second = await w.openEngine(store, clock, { file });
      await w.live(store, second);
      await second.timeouts.tick(clock.nowMs);
      for (let i = 0; i < sessions; i++) {
        expect(await w.closesOf(store, i)).toMatchObject([
          { occurredAtMs: T0 - i + 6 * HOUR_MS, data: { reason: 'agent-silent' } },
        ]);
      }
      await w.caughtUp(store, second);
      expect(second.timeouts.status().pending).toBe(0);
      await w.closeEngine(second);
    }
  });
});

describe('by itself', () => {
  it('wakes at the deadline, and earlier when a deadline moves to an earlier instant', async () => {
    const clock = new w.ManualClock();
    const store = w.memoryStore(clock);
    const engine = await w.openEngine(store, clock, { limits: { sweepIntervalMs: 10 * HOUR_MS } });
    await w.live(store, engine);
    engine.timeouts.start({ setTimer: clock.setTimer });
    await w.openSession(engine.commands, 1, T0);
    await w.caughtUp(store, engine);
    clock.set(clock.nextTimerMs);
    await w.soon();
    // Nearer and nearer: the index knows only roughly when something far away is due.
    expect(clock.nextTimerMs).toBeLessThanOrEqual(T0 + 6 * HOUR_MS + w.GRACE_MS + 1);
    await w.message(engine.commands, 1, 'message-from-agent', T0);
    await w.caughtUp(store, engine);
    expect(clock.nextTimerMs).toBeLessThanOrEqual(T0 + 20 * MINUTE_MS + w.GRACE_MS + 1);
    for (let i = 0; i < 50 && (await w.closesOf(store, 1)).length === 0; i++) {
      clock.set(clock.nextTimerMs);
      for (let j = 0; j < 20; j++) await w.soon();
    }
    expect(clock.nowMs).toBe(T0 + 20 * MINUTE_MS + w.GRACE_MS + 1);
    expect(engine.timeouts.metrics.latenessMs.max).toBe(1);
    await engine.timeouts.drain(new AbortController().signal);
    expect(clock.nextTimerMs).toBe(Infinity);
    await w.closeEngine(engine);
  });

  it('reads its closes back as valid events', async () => {
    const clock = new w.ManualClock();
    const store = w.memoryStore(clock);
    const engine = await w.openEngine(store, clock);
    await w.openSession(engine.commands, 1, T0);
    await w.live(store, engine);
    clock.nowMs = T0 + 7 * HOUR_MS;
    await engine.timeouts.tick(clock.nowMs);
    const page = await store.readStream(w.names.session(w.sessionId(1)), { direction: 'backwards', maxCount: 1 });
    if (page.kind !== 'page') throw new Error('there is no stream');
    const [close] = page.events;
    expect(close !== undefined && readEvent(close)).toMatchObject({ kind: 'event', event: { type: 'closed' } });
    expect(JSON.parse(Buffer.from(close?.metadata ?? []).toString())).toMatchObject({
      noticedAt: '2026-03-01T17:00:00.000Z',
    });
    await w.closeEngine(engine);
  });
});
