import { afterAll, describe, expect, it } from '@jest/globals';
import { join } from 'node:path';
import * as w from './lib/world.js';

afterAll(w.removeTempFolders);

const { T0, MINUTE_MS, GRACE_MS } = w;
const DEADLINE_MS = T0 + 20 * MINUTE_MS;

describe('the sweep', () => {
  it('closes a session once its deadline and the grace have passed, not before (D1, D7)', async () => {
    const clock = new w.ManualClock();
    const store = w.memoryStore(clock);
    const engine = await w.openEngine(store, clock);
    await w.answeredSession(engine, 1);
    await w.live(store, engine);
    clock.nowMs = DEADLINE_MS + GRACE_MS;
    await engine.timeouts.tick(clock.nowMs);
    expect(await w.closesOf(store, 1)).toEqual([]);
    clock.nowMs += 1;
    await engine.timeouts.tick(clock.nowMs);
    const [close] = await w.closesOf(store, 1);
    expect(close).toMatchObject({ occurredAtMs: DEADLINE_MS, data: { reason: 'buyer-silent' } });
    await w.caughtUp(store, engine);
    expect(engine.projections.session(w.sessionId(1))?.state).toMatchObject({ status: 'closed' });
    expect(engine.timeouts.status()).toMatchObject({ pending: 0, inFlight: 0 });
    expect(engine.timeouts.metrics.closedByReason.get('buyer-silent')).toBe(1);
    expect(engine.timeouts.metrics.latenessMs.max).toBe(1);
    await w.closeEngine(engine);
  });

  it('closes the oldest first, in batches no larger than allowed', async () => {
    const clock = new w.ManualClock();
    const store = w.memoryStore(clock);
    const engine = await w.openEngine(store, clock, { limits: { inFlightMax: 3 } });
    for (let i = 0; i < 10; i++) await w.answeredSession(engine, i, T0 - 1_000 * ((i * 7) % 10));
    await w.live(store, engine);
    const order: number[] = [];
    let most = 0;
    const { closeIfDue } = engine.commands;
    engine.commands.closeIfDue = (state, nowMs) => {
      order.push(state.anchorAtMs);
      most = Math.max(most, engine.timeouts.status().inFlight);
      return closeIfDue(state, nowMs);
    };
    await engine.timeouts.tick(DEADLINE_MS + MINUTE_MS);
    expect(order).toEqual([...order].sort((a, b) => a - b));
    expect(order).toHaveLength(10);
    expect(most).toBeLessThanOrEqual(3);
    await w.closeEngine(engine);
  });

  it('closes a latched session at once (D6)', async () => {
    const clock = new w.ManualClock();
    const store = w.memoryStore(clock);
    const engine = await w.openEngine(store, clock);
    await w.answeredSession(engine, 1);
    // A foreign writer's event from after the deadline, long before the deadline by our clock.
    await w.appendRaw(store, 1, { type: 'message-from-buyer', occurredAtMs: DEADLINE_MS + 1, data: {} });
    await w.live(store, engine);
    await engine.timeouts.tick(clock.nowMs);
    expect(await w.closesOf(store, 1)).toMatchObject([{ occurredAtMs: DEADLINE_MS, data: { reason: 'buyer-silent' } }]);
    await w.closeEngine(engine);
  });

  it('sends nothing while the read models are catching up', async () => {
    const clock = new w.ManualClock();
    const store = w.memoryStore(clock);
    const first = await w.openEngine(store, clock);
    await w.answeredSession(first, 1);
    await w.closeEngine(first);
    clock.nowMs = DEADLINE_MS + MINUTE_MS;
    const second = await w.openEngine(store, clock);
    expect(second.timeouts.status().state).toBe('waiting');
    await second.timeouts.tick(clock.nowMs);
    expect(await w.closesOf(store, 1)).toEqual([]);
    await w.live(store, second);
    await second.timeouts.tick(clock.nowMs);
    expect(await w.closesOf(store, 1)).toHaveLength(1);
    await w.closeEngine(second);
  });

  it('is ready from rows and checkpoint after a restart, without the log behind it', async () => {
    const clock = new w.ManualClock();
    const store = w.memoryStore(clock);
    const file = join(w.tempFolder(), 'views.db');
    const first = await w.openEngine(store, clock, { file });
    for (let i = 0; i < 5; i++) await w.answeredSession(first, i);
    await w.caughtUp(store, first);
    await w.closeEngine(first);
    const second = await w.openEngine(store, clock, { file });
    expect(second.timeouts.status().pending).toBe(5);
    await w.live(store, second);
    expect(second.projections.counts.events).toBe(0);
    clock.nowMs = DEADLINE_MS + MINUTE_MS;
    await second.timeouts.tick(clock.nowMs);
    for (let i = 0; i < 5; i++) expect(await w.closesOf(store, i)).toHaveLength(1);
    await w.closeEngine(second);
  });

  it('two engines on one store close nothing twice', async () => {
    const clock = new w.ManualClock();
    const store = w.memoryStore(clock);
    const engines = [await w.openEngine(store, clock), await w.openEngine(store, clock)] as const;
    const sessions = 200;
    for (let i = 0; i < sessions; i++) await w.answeredSession(engines[0], i);
    await w.live(store, ...engines);
    clock.nowMs = DEADLINE_MS + MINUTE_MS;
    await Promise.all(engines.map(({ timeouts }) => timeouts.tick(clock.nowMs)));
    for (let i = 0; i < sessions; i++) expect(await w.closesOf(store, i)).toHaveLength(1);
    const [a, b] = engines.map(({ timeouts }) => timeouts.metrics) as [
      w.Engine['timeouts']['metrics'],
      w.Engine['timeouts']['metrics'],
    ];
    expect(a.closedCount + b.closedCount).toBe(sessions);
    expect(a.lostRaces + b.lostRaces).toBe(sessions);
    await w.caughtUp(store, ...engines);
    for (const { timeouts } of engines) expect(timeouts.status().pending).toBe(0);
    await Promise.all(engines.map(w.closeEngine));
  });

  it('lets an event win that came in time while the close was on its way', async () => {
    const clock = new w.ManualClock();
    const store = w.memoryStore(clock);
    const engine = await w.openEngine(store, clock);
    await w.answeredSession(engine, 1);
    await w.live(store, engine);
    clock.nowMs = DEADLINE_MS + MINUTE_MS;
    const { closeIfDue } = engine.commands;
    engine.commands.closeIfDue = async (state, nowMs) => {
      await w.appendRaw(store, 1, { type: 'message-from-buyer', occurredAtMs: DEADLINE_MS, data: {} });
      return closeIfDue(state, nowMs);
    };
    await engine.timeouts.tick(clock.nowMs);
    expect(await w.closesOf(store, 1)).toEqual([]);
    expect(engine.timeouts.metrics.lostRaces).toBe(1);
    await w.caughtUp(store, engine);
    expect(engine.timeouts.status().nextDueMs).toBeGreaterThan(clock.nowMs);
    await w.closeEngine(engine);
  });

  it('pins a session that began with a bare opened, and closes it under that pin', async () => {
    const clock = new w.ManualClock();
    const store = w.memoryStore(clock);
    const engine = await w.openEngine(store, clock);
    const data = { merchantId: 'm9', openedBy: 'buyer' } as const;
    await w.appendRaw(store, 1, { type: 'opened', occurredAtMs: T0, data });
    await w.live(store, engine);
    await engine.timeouts.tick(clock.nowMs);
    await w.caughtUp(store, engine);
    expect(engine.projections.session(w.sessionId(1))?.state.pin).toMatchObject({ policy: 'standard', version: 1 });
    clock.nowMs = T0 + 360 * MINUTE_MS + GRACE_MS + 1;
    await engine.timeouts.tick(clock.nowMs);
    expect(await w.closesOf(store, 1)).toMatchObject([{ data: { reason: 'agent-silent' } }]);
    await w.closeEngine(engine);
  });

  it('never closes a parked session, and shows its deadline as unknown', async () => {
    const clock = new w.ManualClock();
    const store = w.memoryStore(clock);
    const engine = await w.openEngine(store, clock);
    await w.answeredSession(engine, 1);
    const broken = { id: w.eventId(9_999), type: 'queued', contentType: 'application/json' } as const;
    const bytes = { data: Buffer.from('{'), metadata: new Uint8Array() };
    await store.append(w.names.session(w.sessionId(1)), [{ ...broken, ...bytes }], 'any');
    await w.live(store, engine);
    expect(engine.timeouts.status().pending).toBe(0);
    await engine.timeouts.tick(DEADLINE_MS + MINUTE_MS);
    expect(await w.closesOf(store, 1)).toEqual([]);
    expect(engine.projections.parked()).toMatchObject([{ name: 'sessions', stream: w.names.session(w.sessionId(1)) }]);
    await w.closeEngine(engine);
  });

  it('closes nothing early when the clock jumps back, and everything when it jumps ahead', async () => {
    const clock = new w.ManualClock();
    const store = w.memoryStore(clock);
    const engine = await w.openEngine(store, clock);
    await w.answeredSession(engine, 1);
    await w.answeredSession(engine, 2, T0 - 10 * MINUTE_MS);
    await w.live(store, engine);
    await engine.timeouts.tick(DEADLINE_MS - 10 * MINUTE_MS + GRACE_MS + 1);
    await w.caughtUp(store, engine);
    await engine.timeouts.tick(T0 - 86_400_000);
    expect([(await w.closesOf(store, 1)).length, (await w.closesOf(store, 2)).length]).toEqual([0, 1]);
    await engine.timeouts.tick(T0 + 365 * 86_400_000);
    expect(await w.closesOf(store, 1)).toHaveLength(1);
    await w.closeEngine(engine);
  });
});
