import { afterAll, describe, expect, it } from '@jest/globals';
import { StoreError, type EventStore } from '@lapse/store';
import * as w from './lib/world.js';

afterAll(w.removeTempFolders);

const { T0, MINUTE_MS, GRACE_MS } = w;
const DEADLINE_MS = T0 + 20 * MINUTE_MS;

describe('the sweep in trouble', () => {
  /** A store whose appends fail while it is told to. */
  const moody = (store: EventStore): EventStore & { failing: boolean } => {
    const appending: EventStore['append'] = (...args) =>
      wrapped.failing ? Promise.reject(new StoreError('store-unavailable', 'gone')) : store.append(...args);
    const wrapped = Object.assign(Object.create(store) as EventStore, { failing: false, append: appending });
    return wrapped;
  };

  it('backs off while the store does not answer, and forgets nothing', async () => {
    const clock = new w.ManualClock();
    const store = moody(w.memoryStore(clock));
    const engine = await w.openEngine(store, clock);
    for (let i = 0; i < 20; i++) await w.answeredSession(engine, i);
    await w.live(store, engine);
    store.failing = true;
    clock.nowMs = DEADLINE_MS + MINUTE_MS;
    await engine.timeouts.tick(clock.nowMs);
    expect(engine.timeouts.status()).toMatchObject({ state: 'backing-off', pending: 20 });
    const failures = engine.timeouts.metrics.failures;
    await engine.timeouts.tick(clock.nowMs + 1);
    expect(engine.timeouts.metrics.failures).toBe(failures);
    store.failing = false;
    clock.nowMs += 60_000;
    await engine.timeouts.tick(clock.nowMs);
    for (let i = 0; i < 20; i++) expect(await w.closesOf(store, i)).toHaveLength(1);
    await w.closeEngine(engine);
  });

  it('one session that cannot be closed does not hold up the rest', async () => {
    const clock = new w.ManualClock();
    const store = w.memoryStore(clock);
    const engine = await w.openEngine(store, clock);
    for (let i = 0; i < 3; i++) await w.answeredSession(engine, i);
    await w.live(store, engine);
    const { closeIfDue } = engine.commands;
    engine.commands.closeIfDue = (state, nowMs) =>
      state.stream.endsWith('1') ? Promise.reject(new TypeError('odd')) : closeIfDue(state, nowMs);
    clock.nowMs = DEADLINE_MS + MINUTE_MS;
    await engine.timeouts.tick(clock.nowMs);
    expect(await w.closesOf(store, 0)).toHaveLength(1);
    expect(await w.closesOf(store, 2)).toHaveLength(1);
    expect(engine.timeouts.status()).toMatchObject({ pending: 1 });
    expect(engine.lines).toContainEqual(expect.objectContaining({ what: 'close-failed' }));
    await w.closeEngine(engine);
  });

  it('stops and says so when its clock and the store differ by more than the skew (D21)', async () => {
    const clock = new w.ManualClock();
    const store = w.memoryStore(clock);
    let offsetMs = -5_001;
    const engine = await w.openEngine(store, clock, {
      storeClockOffsetMs: () => offsetMs,
      limits: { probeIntervalMs: 1e12 },
    });
    await w.answeredSession(engine, 1);
    await w.answeredSession(engine, 2);
    await w.live(store, engine);
    clock.nowMs = DEADLINE_MS + GRACE_MS + 1;
    await engine.timeouts.tick(clock.nowMs);
    expect(engine.timeouts.status().state).toBe('clock-off');
    expect(engine.lines.filter(({ what }) => what === 'clock-off')).toHaveLength(1);
    expect([...(await w.closesOf(store, 1)), ...(await w.closesOf(store, 2))]).toEqual([]);
    offsetMs = 5_000;
    await engine.timeouts.tick(clock.nowMs);
    expect(await w.closesOf(store, 1)).toHaveLength(1);
    await w.closeEngine(engine);
  });

  it('learns the difference from its first close, which goes alone', async () => {
    const storeClock = new w.ManualClock();
    const clock = new w.ManualClock();
    const store = w.memoryStore(storeClock);
    const engine = await w.openEngine(store, clock, { storeClockOffsetMs: () => undefined });
    for (let i = 0; i < 10; i++) await w.answeredSession(engine, i);
    await w.live(store, engine);
    // Ours runs an hour ahead of the store's: all ten seem due.
    clock.nowMs = DEADLINE_MS + 60 * MINUTE_MS;
    await engine.timeouts.tick(clock.nowMs);
    await w.caughtUp(store, engine);
    await engine.timeouts.tick(clock.nowMs);
    expect(engine.timeouts.metrics.closedCount).toBe(1);
    expect(engine.timeouts.status()).toMatchObject({ state: 'clock-off', pending: 9 });
    await w.closeEngine(engine);
  });

  it('drains: takes nothing more and waits for what is on its way, or for the signal', async () => {
    const clock = new w.ManualClock();
    const store = w.memoryStore(clock);
    const engine = await w.openEngine(store, clock);
    await w.answeredSession(engine, 1);
    await w.answeredSession(engine, 2);
    await w.live(store, engine);
    let letGo = (): void => undefined;
    const { closeIfDue } = engine.commands;
    const gate = new Promise<void>((resolve) => (letGo = resolve));
    engine.commands.closeIfDue = async (state, nowMs) => {
      await gate;
      return closeIfDue(state, nowMs);
    };
    clock.nowMs = DEADLINE_MS + MINUTE_MS;
    const ticking = engine.timeouts.tick(clock.nowMs);
    const impatient = new AbortController();
    const drained = engine.timeouts.drain(impatient.signal);
    impatient.abort();
    await drained;
    expect(engine.timeouts.status()).toMatchObject({ state: 'draining', inFlight: 2 });
    letGo();
    await engine.timeouts.drain(new AbortController().signal);
    await ticking;
    expect(await w.closesOf(store, 1)).toHaveLength(1);
    await w.closeEngine(engine);
  });
});
