import { afterEach, describe, expect, it } from '@jest/globals';
import * as w from './lib/world.js';

afterEach(w.cleanUp);

const { T0, MINUTE_MS, GRACE_MS, DEADLINE_MS } = w;

describe('two engines on one store', () => {
  it('close nothing twice, with 200 sessions due at once', async () => {
    const clock = { nowMs: T0 };
    const first = await w.newEngine(w.tempFolder(), clock);
    const second = await w.secondEngine(first, clock);
    const sessions = 200;
    await Promise.all(Array.from({ length: sessions }, (_, i) => w.answered(first.commands, i)));
    await w.live(first.store, first, second);
    clock.nowMs = DEADLINE_MS + GRACE_MS + 1;
    await Promise.all([first.timeouts.tick(clock.nowMs), second.timeouts.tick(clock.nowMs)]);
    expect(await w.closesPerSession(first, sessions)).toEqual({ 1: sessions });
    expect(first.timeouts.metrics.closedCount + second.timeouts.metrics.closedCount).toBe(sessions);
    await w.live(first.store, first, second);
    for (const { timeouts } of [first, second]) {
      expect(timeouts.status()).toMatchObject({ pending: 0, inFlight: 0, state: 'sweeping' });
    }
  });

  it('may both sweep by themselves: every session is closed once, whoever was faster', async () => {
    const clock = { nowMs: T0 };
    const first = await w.newEngine(w.tempFolder(), clock, { sweeps: true, config: { sweepIntervalMs: 10 } });
    const second = await w.secondEngine(first, clock, { limits: { sweepIntervalMs: 10 } });
    second.timeouts.start({ setTimer: w.realTimer });
    for (let i = 0; i < 60; i++) await w.answered(first.commands, i, T0 - (i % 20) * MINUTE_MS);
    await w.live(first.store, first, second);
    for (let minute = 0; minute <= 21; minute++) {
      clock.nowMs = T0 + minute * MINUTE_MS;
      await new Promise((resolve) => setTimeout(resolve, 15));
    }
    await w.until(async () => (await w.closesPerSession(first, 60))[0] === undefined);
    await w.live(first.store, first, second);
    await w.until(() => first.timeouts.status().pending + second.timeouts.status().pending === 0);
    expect(await w.closesPerSession(first, 60)).toEqual({ 1: 60 });
  });

  it('may be moved by commands of either, which lose no event to the other’s sweep', async () => {
    const clock = { nowMs: T0 };
    const first = await w.newEngine(w.tempFolder(), clock);
    const second = await w.secondEngine(first, clock);
    await Promise.all(Array.from({ length: 40 }, (_, i) => w.answered(first.commands, i)));
    await w.live(first.store, first, second);
    clock.nowMs = DEADLINE_MS + GRACE_MS + 1;
    // D6: a buyer's message from after the deadline, at the very moment of both sweeps.
    const messages = Array.from({ length: 40 }, (_, i) =>
      w.send((i % 2 === 0 ? first : second).commands, i, 'message-from-buyer', clock.nowMs, { onClosed: 'open-new' }),
    );
    await Promise.all([first.timeouts.tick(clock.nowMs), ...messages, second.timeouts.tick(clock.nowMs)]);
    expect(await w.closesPerSession(first, 40)).toEqual({ 1: 40 });
    await first.caughtUp(w.CATCH_UP_MS);
    const open = first.projections.sessions({ state: 'open', limit: 100, nowMs: clock.nowMs }).sessions;
    expect(open).toHaveLength(40);
    for (const { state } of open) expect(state).toMatchObject({ rule: 'agent-silent', buyerMessages: 1 });
  });
});

describe('an engine that stands by', () => {
  it('leaves the work to the first while that lives, and does it itself once that is gone', async () => {
    const clock = { nowMs: T0 };
    const first = await w.newEngine(w.tempFolder(), clock);
    const standby = await w.secondEngine(first, clock, { settings: { ...first.config, standbyDelayMs: 10_000 } });
    await w.answered(first.commands, 1);
    await w.answered(first.commands, 2);
    await w.live(first.store, first, standby);
    clock.nowMs = DEADLINE_MS + GRACE_MS + 1;
    await standby.timeouts.tick(clock.nowMs);
    expect(await w.closesPerSession(first, 3)).toEqual({ 0: 3 });
    await first.timeouts.drain(AbortSignal.abort());
    clock.nowMs = DEADLINE_MS + GRACE_MS + 10_000;
    await standby.timeouts.tick(clock.nowMs);
    expect(await w.closesOf(first, 1)).toEqual([]);
    await standby.timeouts.tick(clock.nowMs + 1);
    expect(standby.timeouts.metrics.closedCount).toBe(2);
    // Waiting longer changes when the close is noticed, not what it says.
    expect(await w.closesOf(first, 1)).toMatchObject([{ occurredAtMs: DEADLINE_MS }]);
  });

  it('waits as long with a latched session', async () => {
    const clock = { nowMs: T0 };
    const first = await w.newEngine(w.tempFolder(), clock);
    const standby = await w.secondEngine(first, clock, { settings: { ...first.config, standbyDelayMs: 10_000 } });
    await w.answered(first.commands, 1);
    await w.appendForeign(first, 1, { type: 'message-from-buyer', occurredAtMs: DEADLINE_MS + 1, data: {} });
    await w.live(first.store, first, standby);
    await standby.timeouts.tick(clock.nowMs + 10_000);
    expect(await w.closesOf(first, 1)).toEqual([]);
    await standby.timeouts.tick(clock.nowMs + 10_001);
    expect(await w.closesOf(first, 1)).toMatchObject([{ occurredAtMs: DEADLINE_MS, data: { reason: 'buyer-silent' } }]);
  });
});
