import { afterEach, describe, expect, it } from '@jest/globals';
import type { Engine } from '../src/index.js';
import * as w from './lib/world.js';

afterEach(w.cleanUp);

const { T0, MINUTE_MS, GRACE_MS, DEADLINE_MS } = w;
const by = { role: 'platform', id: 'operator' };
const why = 'the sender was under test';

/** What a broken writer sends into a session that an agent has answered. */
const poison = async (engine: Pick<Engine, 'store' | 'names'>, session: number): Promise<void> => {
  const json = { contentType: 'application/json', metadata: new Uint8Array() } as const;
  const event = { ...json, id: w.eventId(session), type: 'queued', data: Buffer.from('{"occurredAt":"yesterday"}') };
  await engine.store.append(engine.names.session(w.sessionId(session)), [event], 'any');
};
const skip = (engine: Pick<Engine, 'commands'>, session: number) =>
  engine.commands.skipParked({ stream: w.sessionId(session), revision: 3, why, by });

describe('a parked session', () => {
  it('is told with an unknown deadline, and closed at its own one by whichever engine, once somebody has decided', async () => {
    const clock = { nowMs: T0 };
    const first = await w.newEngine(w.tempFolder(), clock, { sweeps: true, config: { sweepIntervalMs: 3_600_000 } });
    const second = await w.secondEngine(first, clock);
    for (let i = 0; i < 6; i++) await w.answered(first.commands, i);
    for (let i = 0; i < 4; i++) await poison(first, i);
    await w.live(first.store, first, second);
    const check = () => first.readiness().checks.find(({ name }) => name === 'timeouts');
    expect(check()?.detail).toContain('2 deadlines pending, 4 sessions parked, their deadlines unknown');
    expect(second.timeouts.status()).toMatchObject({ pending: 2 });

    expect(await skip(second, 0)).toMatchObject({ kind: 'skipped', parked: undefined });
    await w.live(first.store, first, second);
    expect(check()?.detail).toContain('3 deadlines pending, 3 sessions parked');
    expect(second.timeouts.status()).toMatchObject({ pending: 3 });

    // Freed when its deadline is long over, it is closed at it all the same.
    clock.nowMs = DEADLINE_MS + GRACE_MS + 5 * MINUTE_MS;
    expect(await skip(first, 1)).toMatchObject({ kind: 'skipped' });
    await w.live(first.store, first, second);
    await Promise.all([first.timeouts.tick(clock.nowMs), second.timeouts.tick(clock.nowMs)]);
    expect(await w.closesPerSession(first, 6)).toEqual({ 1: 4, 0: 2 });
    for (const session of [0, 1]) {
      expect(await w.closesOf(first, session)).toMatchObject([{ occurredAtMs: DEADLINE_MS }]);
    }
  });

  it('that was freed goes on after a restart, from the rows and from none', async () => {
    const dataDir = w.tempFolder();
    const clock = { nowMs: T0 };
    const engine = await w.newEngine(dataDir, clock);
    for (let i = 0; i < 2; i++) await w.answered(engine.commands, i);
    for (let i = 0; i < 2; i++) await poison(engine, i);
    await engine.caughtUp(w.CATCH_UP_MS);
    await skip(engine, 0);
    await engine.close();
    const again = await w.newEngine(dataDir, clock);
    await w.live(again.store, again);
    expect(again.projections.parked().map(({ stream }) => stream)).toEqual([again.names.session(w.sessionId(1))]);
    const fresh = await w.secondEngine(again, clock);
    await w.live(again.store, again, fresh);
    for (const { projections, timeouts } of [again, fresh]) {
      expect(projections.session(w.sessionId(0))?.state).toMatchObject({ status: 'open', parked: undefined });
      expect(timeouts.status()).toMatchObject({ pending: 1 });
    }
    clock.nowMs = DEADLINE_MS + GRACE_MS + 1;
    await again.timeouts.tick(clock.nowMs);
    expect(await w.closesPerSession(again, 2)).toEqual({ 1: 1, 0: 1 });
  });
});
