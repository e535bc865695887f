import { afterEach, describe, expect, it } from '@jest/globals';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { LogLine } from '@lapse/projections';
import * as w from './lib/world.js';

afterEach(w.cleanUp);

const { T0, MINUTE_MS, GRACE_MS, DEADLINE_MS } = w;

describe('after a restart', () => {
  it('closes a session once that was opened before it, from rows and checkpoint alone', async () => {
    const dataDir = w.tempFolder();
    const clock = { nowMs: T0 };
    const first = await w.newEngine(dataDir, clock);
    for (let i = 0; i < 50; i++) await w.answered(first.commands, i);
    await first.caughtUp(w.CATCH_UP_MS);
    await first.close();
    clock.nowMs = DEADLINE_MS + GRACE_MS + 1;
    const second = await w.newEngine(dataDir, clock);
    expect(second.timeouts.status()).toMatchObject({ pending: 50 });
    await w.live(second.store, second);
    expect(second.projections.counts.events).toBe(0);
    await second.timeouts.tick(clock.nowMs);
    await second.caughtUp(w.CATCH_UP_MS);
    await second.timeouts.tick(clock.nowMs + w.HOUR_MS);
    expect(await w.closesPerSession(second, 50)).toEqual({ 1: 50 });
    expect(await w.closesOf(second, 7)).toMatchObject([
      { occurredAtMs: DEADLINE_MS, data: { reason: 'buyer-silent' } },
    ]);
  });

  it('closes by itself what came due while no engine ran', async () => {
    const dataDir = w.tempFolder();
    const clock = { nowMs: T0 };
    const first = await w.newEngine(dataDir, clock);
    await w.answered(first.commands, 1);
    await first.close();
    clock.nowMs = T0 + 365 * 24 * w.HOUR_MS;
    const second = await w.newEngine(dataDir, clock, { sweeps: true, config: { sweepIntervalMs: 86_400_000 } });
    await w.until(async () => (await w.closesOf(second, 1)).length > 0);
    expect(await w.closesOf(second, 1)).toMatchObject([{ occurredAtMs: DEADLINE_MS }]);
  });

  it('knows the limit that a session was opened under, not the one of today', async () => {
    const dataDir = w.tempFolder();
    const clock = { nowMs: T0 };
    const configure = async (engine: Awaited<ReturnType<typeof w.newEngine>>, buyerReplyMinutes: number) => {
      const by = { role: 'merchant-main', id: 'owner' } as const;
      const answer = await engine.commands.configure({
        merchantId: 'm1',
        by,
        command: { kind: 'change', buyerReplyMinutes },
      });
      expect(answer).toMatchObject({ kind: 'configured', changed: true });
    };
    const first = await w.newEngine(dataDir, clock);
    await configure(first, 300);
    for (const number of [1, 2, 3]) await w.answered(first.commands, number);
    await configure(first, 50);
    await w.answered(first.commands, 4);
    await first.close();
    const second = await w.newEngine(dataDir, clock);
    await w.live(second.store, second);
    clock.nowMs = T0 + 24 * w.HOUR_MS;
    await second.timeouts.tick(clock.nowMs);
    const minutes = await Promise.all(
      [1, 2, 3, 4].map(async (number) => {
        const [close] = await w.closesOf(second, number);
        return ((close?.occurredAtMs ?? 0) - T0) / MINUTE_MS;
      }),
    );
    expect(minutes).toEqual([300, 300, 300, 50]);
  });

  it('a deleted views.db costs a rebuild and nothing else', async () => {
    const dataDir = w.tempFolder();
    const clock = { nowMs: T0 };
    const first = await w.newEngine(dataDir, clock);
    for (let i = 0; i < 10; i++) await w.answered(first.commands, i, T0 + i * MINUTE_MS - 10 * MINUTE_MS);
    clock.nowMs = DEADLINE_MS - 6 * MINUTE_MS + GRACE_MS + 1;
    await w.live(first.store, first);
    await first.timeouts.tick(clock.nowMs);
    await first.caughtUp(w.CATCH_UP_MS);
    expect(await w.closesPerSession(first, 10)).toEqual({ 1: 5, 0: 5 });
    const rows = first.projections.sessions({ limit: 100, nowMs: clock.nowMs }).sessions.map(({ state }) => state);
    const log = await w.logOf(first.store);
    await first.close();
    w.deleteViews(dataDir);
    const lines: LogLine[] = [];
    const second = await w.newEngine(dataDir, clock, { lines });
    await w.live(second.store, second);
    await second.timeouts.tick(clock.nowMs);
    expect(second.projections.sessions({ limit: 100, nowMs: clock.nowMs }).sessions.map(({ state }) => state)).toEqual(
      rows,
    );
    expect(await w.logOf(second.store)).toEqual(log);
    expect(lines.filter(({ level }) => level !== 'info')).toEqual([]);
    clock.nowMs = DEADLINE_MS + w.HOUR_MS;
    await second.timeouts.tick(clock.nowMs);
    expect(await w.closesPerSession(second, 10)).toEqual({ 1: 10 });
  });
});

describe('while it catches up', () => {
  it('sends nothing, whatever seems due on the way', async () => {
    const clock = { nowMs: T0 };
    const writer = await w.newEngine(w.tempFolder(), clock);
    // In the middle of the log all of them seem to wait for the buyer; the last pages bring the answers.
    for (let i = 0; i < 100; i++) await w.answered(writer.commands, i);
    for (let i = 0; i < 99; i++) await w.send(writer.commands, i, 'message-from-buyer', T0);
    clock.nowMs = DEADLINE_MS + w.HOUR_MS;
    let letGo = (): void => undefined;
    const gate = new Promise<void>((resolve) => (letGo = resolve));
    let appends = 0;
    let pages = 0;
    const store = Object.assign(Object.create(writer.store) as typeof writer.store, {
      append: (...args: Parameters<typeof writer.store.append>) => {
        appends++;
        return writer.store.append(...args);
      },
      subscribe: async function* (options: Parameters<typeof writer.store.subscribe>[0]) {
        for await (const message of writer.store.subscribe(options)) {
          if (++pages === 4) await gate;
          yield message;
        }
      },
    });
    const engine = await w.secondEngine(writer, clock, { store, pageSizeMax: 100 });
    await w.until(() => pages === 4);
    expect(engine.timeouts.status()).toMatchObject({ state: 'waiting', pending: 100 });
    await engine.timeouts.tick(clock.nowMs);
    expect(appends).toBe(0);
    letGo();
    await w.live(writer.store, engine);
    await engine.timeouts.tick(clock.nowMs);
    expect(appends).toBe(1);
    expect(await w.closesPerSession(writer, 100)).toEqual({ 0: 99, 1: 1 });
  });

  it('says so: it is not ready before it has caught up, and is afterwards', async () => {
    const dataDir = w.tempFolder();
    const clock = { nowMs: T0 };
    const first = await w.newEngine(dataDir, clock);
    await w.answered(first.commands, 1);
    await first.close();
    const second = await w.newEngine(dataDir, clock, { sweeps: true });
    expect(second.readiness()).toMatchObject({ ready: false });
    expect(second.readiness().checks.map(({ name }) => name)).toEqual([
      'projection sessions',
      'projection merchants',
      'projection merchant-versions',
      'projection activity',
      'projection unknown-types',
      'timeouts',
    ]);
    await w.live(second.store, second);
    expect(second.readiness()).toMatchObject({ ready: true });
  });
});

describe('closing an engine', () => {
  it('may be done twice, also at once, and lets go of the files', async () => {
    const dataDir = w.tempFolder();
    const clock = { nowMs: T0 };
    const engine = await w.newEngine(dataDir, clock, { sweeps: true });
    await w.answered(engine.commands, 1);
    await Promise.all([engine.close(), engine.close()]);
    await engine.close();
    await expect(w.open(engine.commands, 2, T0)).rejects.toMatchObject({ code: 'store-closed' });
    const again = await w.newEngine(dataDir, clock);
    expect(await w.eventsOf(again, 1)).toHaveLength(3);
  });

  it('writes what is folded, so that the next start has nothing to read again', async () => {
    const dataDir = w.tempFolder();
    const clock = { nowMs: T0 };
    const engine = await w.newEngine(dataDir, clock);
    for (let i = 0; i < 20; i++) await w.answered(engine.commands, i);
    await engine.caughtUp(w.CATCH_UP_MS);
    await engine.close();
    const again = await w.newEngine(dataDir, clock);
    await w.live(again.store, again);
    expect(again.projections.counts.events).toBe(0);
  });

  it('lets go of the log also where the read models cannot be written any more', async () => {
    const dataDir = w.tempFolder();
    const clock = { nowMs: T0 };
    const engine = await w.newEngine(dataDir, clock);
    await w.answered(engine.commands, 1);
    const stop = engine.projections.stop.bind(engine.projections);
    engine.projections.stop = () => Promise.reject(new Error('the disk is full'));
    await expect(engine.close()).rejects.toThrow('the disk is full');
    await expect(engine.close()).rejects.toThrow('the disk is full');
    engine.close = () => Promise.resolve();
    await stop().catch(() => undefined);
    const again = await w.newEngine(dataDir, clock);
    expect(await w.eventsOf(again, 1)).toHaveLength(3);
  });
});

describe('opening', () => {
  it('refuses a folder that another engine keeps, with a code, and leaves that one alone', async () => {
    const dataDir = w.tempFolder();
    const clock = { nowMs: T0 };
    const engine = await w.newEngine(dataDir, clock);
    await expect(w.newEngine(dataDir, clock)).rejects.toMatchObject({ code: 'store-locked' });
    await w.answered(engine.commands, 1);
    expect(await w.eventsOf(engine, 1)).toHaveLength(3);
  });

  it('makes the folder where it is missing, and says clearly where it cannot', async () => {
    const folder = w.tempFolder();
    const clock = { nowMs: T0 };
    const engine = await w.newEngine(join(folder, 'deep', 'down'), clock);
    expect(existsSync(join(folder, 'deep', 'down', 'events.db'))).toBe(true);
    await engine.close();
    const inAFile = join(folder, 'deep', 'down', 'events.db', 'below');
    await expect(w.newEngine(inAFile, clock)).rejects.toMatchObject({ code: 'data-dir-unusable' });
  });

  it('lets go of the log where the read models cannot be opened', async () => {
    const dataDir = w.tempFolder();
    const clock = { nowMs: T0 };
    const first = await w.newEngine(dataDir, clock);
    await first.close();
    w.deleteViews(dataDir);
    const { mkdirSync, rmdirSync } = await import('node:fs');
    mkdirSync(join(dataDir, 'views.db'));
    await expect(w.newEngine(dataDir, clock)).rejects.toMatchObject({ code: 'views-not-a-database' });
    rmdirSync(join(dataDir, 'views.db'));
    const again = await w.newEngine(dataDir, clock);
    expect(again.config.dataDir).toBe(dataDir);
  });
});
