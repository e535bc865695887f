import { afterEach, describe, expect, it } from '@jest/globals';
import type { Engine } from '../src/index.js';
import * as w from './lib/world.js';

afterEach(w.cleanUp);

const { T0, GRACE_MS, DEADLINE_MS } = w;
const DUE_MS = DEADLINE_MS + GRACE_MS + 1;

/** Sessions that wait for the buyer, in an engine whose log can be watched at each append of a close. */
const waiting = async (sessions: number, clock: w.Clock): Promise<{ engine: Engine; dataDir: string }> => {
  const dataDir = w.tempFolder();
  const engine = await w.newEngine(dataDir, clock);
  await Promise.all(Array.from({ length: sessions }, (_, i) => w.answered(engine.commands, i)));
  await w.live(engine.store, engine);
  clock.nowMs = DUE_MS;
  return { engine, dataDir };
};

type Append = Engine['store']['append'];

/** Runs `work` in the place of every append, with the real one handed in. */
const aroundAppends = (engine: Engine, work: (append: () => ReturnType<Append>) => ReturnType<Append>): void => {
  const append = engine.store.append.bind(engine.store);
  engine.store.append = (...args) => work(() => append(...args));
};

/** Starts on what a killed process left behind, and lets it finish. */
const restarted = async (dataDir: string, clock: w.Clock): Promise<Engine> => {
  const engine = await w.newEngine(dataDir, clock);
  await w.live(engine.store, engine);
  await engine.timeouts.tick(clock.nowMs);
  await w.live(engine.store, engine);
  await engine.timeouts.tick(clock.nowMs + w.HOUR_MS);
  return engine;
};

describe('a process that is lost between two steps of a close', () => {
  it('decided, not appended: the restart closes it, once', async () => {
    const clock = { nowMs: T0 };
    const { engine, dataDir } = await waiting(1, clock);
    let left = '';
    aroundAppends(engine, (append) => {
      left = w.copyOfFolder(dataDir);
      return append();
    });
    await engine.timeouts.tick(clock.nowMs);
    const again = await restarted(left, clock);
    expect(again.timeouts.metrics.closedCount).toBe(1);
    expect(await w.recordedOf(again, 0)).toHaveLength(4);
    // The close that the lost process was about to write and the one that was written are the same, byte for byte.
    expect(await w.logOf(again.store)).toEqual(await w.logOf(engine.store));
  });

  it('appended, not known to be: the restart finds it closed and adds nothing', async () => {
    const clock = { nowMs: T0 };
    const { engine, dataDir } = await waiting(1, clock);
    let left = '';
    aroundAppends(engine, async (append) => {
      const result = await append();
      left = w.copyOfFolder(dataDir);
      return result;
    });
    await engine.timeouts.tick(clock.nowMs);
    const again = await restarted(left, clock);
    expect(again.timeouts.metrics.closedCount).toBe(0);
    expect(await w.closesPerSession(again, 1)).toEqual({ 1: 1 });
    expect(again.projections.session(w.sessionId(0))?.state).toMatchObject({ status: 'closed' });
  });

  it('appended, but the row and the checkpoint not moved: the restart folds it again and adds nothing', async () => {
    const clock = { nowMs: T0 };
    const { engine, dataDir } = await waiting(1, clock);
    engine.projections.flush();
    const flush = engine.projections.flush.bind(engine.projections);
    await engine.timeouts.tick(clock.nowMs);
    await engine.caughtUp(w.CATCH_UP_MS);
    const unwritten = w.copyOfFolder(dataDir);
    flush();
    const written = w.copyOfFolder(dataDir);
    for (const [left, events] of [
      [unwritten, 1],
      [written, 0],
    ] as const) {
      const again = await restarted(left, clock);
      expect(again.projections.counts.events).toBe(events);
      expect(again.timeouts.metrics.closedCount).toBe(0);
      expect(await w.closesPerSession(again, 1)).toEqual({ 1: 1 });
    }
  });

  it('in the middle of 420 closes: the restart finishes the rest, none twice', async () => {
    const clock = { nowMs: T0 };
    const { engine, dataDir } = await waiting(420, clock);
    let appended = 0;
    let left = '';
    const serial: (() => void)[] = [];
    aroundAppends(engine, async (append) => {
      // One after the other: together they would share one commit, and there would be no middle.
      await new Promise<void>((resolve) => {
        serial.push(resolve);
        if (serial.length === 1) resolve();
      });
      const result = await append();
      if (++appended === 200) left = w.copyOfFolder(dataDir);
      serial.shift();
      serial[0]?.();
      return result;
    });
    await engine.timeouts.tick(clock.nowMs);
    const again = await restarted(left, clock);
    expect(again.timeouts.metrics.closedCount).toBe(220);
    expect(await w.closesPerSession(again, 420)).toEqual({ 1: 420 });
    expect(await w.logOf(again.store)).toEqual(await w.logOf(engine.store));
  });

  it('before its answer reaches a sender: the same words again get the same answer, and write nothing', async () => {
    const clock = { nowMs: T0 };
    const { engine, dataDir } = await waiting(1, clock);
    clock.nowMs = DEADLINE_MS;
    const command = {
      sessionId: w.sessionId(0),
      events: [{ type: 'message-from-buyer', id: w.eventId(77), data: {} }],
    } as const;
    let left = '';
    aroundAppends(engine, async (append) => {
      const result = await append();
      left = w.copyOfFolder(dataDir);
      return result;
    });
    const answer = await engine.commands.append(command);
    expect(answer).toMatchObject({ kind: 'appended', revision: 3, repeated: false });
    clock.nowMs = DUE_MS + 24 * w.HOUR_MS;
    const again = await restarted(left, clock);
    expect(await w.closesPerSession(again, 1)).toEqual({ 1: 1 });
    expect(await again.commands.append(command)).toMatchObject({ kind: 'appended', revision: 3, repeated: true });
    expect(await w.recordedOf(again, 0)).toHaveLength(5);
  });
});
