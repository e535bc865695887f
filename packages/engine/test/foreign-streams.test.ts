import { EventStoreDBClient, jsonEvent } from '@eventstore/db-client';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { Engine } from '../src/index.js';
import { readinessOf } from '../src/readiness.js';
import * as w from './lib/world.js';

afterEach(w.cleanUp);

const { T0, MINUTE_MS, GRACE_MS, DEADLINE_MS } = w;

describe('what others write straight into the store', () => {
  it('a bare opened gets the pin of its merchant, and then its timeout', async () => {
    const clock = { nowMs: T0 };
    const engine = await w.newEngine(w.tempFolder(), clock);
    await engine.commands.configure({
      merchantId: 'm7',
      command: { kind: 'rollout', buyerReplyMinutes: 35 },
      by: { role: 'merchant-main', id: 'owner' },
    });
    await w.appendForeign(
      engine,
      1,
      { type: 'opened', occurredAtMs: T0, data: { merchantId: 'm7', openedBy: 'buyer' } },
      { type: 'message-from-agent', occurredAtMs: T0 + MINUTE_MS, data: { automated: false } },
    );
    await engine.commands.configure({
      merchantId: 'm7',
      command: { kind: 'change', buyerReplyMinutes: 50 },
      by: { role: 'merchant-main', id: 'owner' },
    });
    await w.live(engine.store, engine);
    await engine.timeouts.tick(clock.nowMs);
    await engine.caughtUp(w.CATCH_UP_MS);
    expect(engine.projections.session(w.sessionId(1))?.state).toMatchObject({
      pin: { version: 1, buyerReplyMinutes: 35 },
      rule: 'buyer-silent',
    });
    clock.nowMs = T0 + 36 * MINUTE_MS + GRACE_MS + 1;
    await engine.timeouts.tick(clock.nowMs);
    expect(await w.closesOf(engine, 1)).toMatchObject([
      { occurredAtMs: T0 + 36 * MINUTE_MS, data: { reason: 'buyer-silent', proof: { configVersion: 1 } } },
    ]);
  });

  it('a bare opened is pinned by an engine that runs by itself, and also by one that was down meanwhile', async () => {
    const dataDir = w.tempFolder();
    const clock = { nowMs: T0 };
    const bare = { type: 'opened', occurredAtMs: T0, data: { merchantId: 'm8', openedBy: 'buyer' } } as const;
    const first = await w.newEngine(dataDir, clock, { sweeps: true });
    await w.appendForeign(first, 1, bare);
    await w.until(async () => (await w.eventsOf(first, 1)).length === 2);
    await first.timeouts.drain(AbortSignal.abort());
    await w.appendForeign(first, 2, bare);
    await first.close();
    const second = await w.newEngine(dataDir, clock, { sweeps: true });
    await w.until(async () => (await w.eventsOf(second, 2)).length === 2);
    for (const number of [1, 2]) {
      expect((await w.eventsOf(second, number))[1]).toMatchObject({
        type: 'config-version',
        occurredAtMs: T0,
        data: { policy: 'standard', version: 1, merchantRevision: 0 },
      });
    }
  });

  it('a late event latches the lapse: the session is closed at once, with its deadline (D6)', async () => {
    const clock = { nowMs: T0 };
    const engine = await w.newEngine(w.tempFolder(), clock, { sweeps: true });
    await w.answered(engine.commands, 1);
    await w.appendForeign(engine, 1, { type: 'message-from-buyer', occurredAtMs: DEADLINE_MS + 1, data: {} });
    await w.until(async () => (await w.closesOf(engine, 1)).length > 0);
    expect(clock.nowMs).toBe(T0);
    expect(await w.closesOf(engine, 1)).toMatchObject([
      { occurredAtMs: DEADLINE_MS, data: { reason: 'buyer-silent' } },
    ]);
  });

  it('a latched session is closed at once also by an engine that starts later', async () => {
    const dataDir = w.tempFolder();
    const clock = { nowMs: T0 };
    const first = await w.newEngine(dataDir, clock);
    await w.answered(first.commands, 1);
    await w.appendForeign(first, 1, { type: 'message-from-buyer', occurredAtMs: DEADLINE_MS + 1, data: {} });
    await first.caughtUp(w.CATCH_UP_MS);
    await first.close();
    const second = await w.newEngine(dataDir, clock);
    await w.live(second.store, second);
    await second.timeouts.tick(clock.nowMs);
    expect(await w.closesOf(second, 1)).toMatchObject([{ occurredAtMs: DEADLINE_MS }]);
  });

  it('a poisoned session is parked and told, and does not stop the rest', async () => {
    const dataDir = w.tempFolder();
    const clock = { nowMs: T0 };
    const engine = await w.newEngine(dataDir, clock);
    for (let i = 0; i < 20; i++) await w.answered(engine.commands, i);
    const json = { contentType: 'application/json', metadata: new Uint8Array() } as const;
    const poison = { ...json, id: w.eventId(1), type: 'queued', data: Buffer.from('{"occurredAt":"yesterday"}') };
    await engine.store.append(engine.names.session(w.sessionId(3)), [poison], 'any');
    const noUlid = { ...json, id: w.eventId(2), type: 'opened', data: Buffer.from('{}') };
    await engine.store.append('session-of-somebody', [noUlid], 'any');
    await w.live(engine.store, engine);
    clock.nowMs = DEADLINE_MS + GRACE_MS + 1;
    await engine.timeouts.tick(clock.nowMs);
    expect(await w.closesPerSession(engine, 20)).toEqual({ 1: 19, 0: 1 });
    expect(engine.readiness()).toMatchObject({ ready: true });
    expect(engine.readiness().checks[0]?.detail).toContain('2 streams parked');
    const answer = await engine.commands.append({
      sessionId: w.sessionId(3),
      events: [{ type: 'queued', data: {} }],
    });
    expect(answer).toMatchObject({ kind: 'refused', code: 'stream-parked' });
    await engine.close();
    const again = await w.newEngine(dataDir, clock);
    await w.live(again.store, again);
    await again.timeouts.tick(clock.nowMs + w.HOUR_MS);
    expect(await w.closesPerSession(again, 20)).toEqual({ 1: 19, 0: 1 });
  });
});

const parkedOf = ({ projections }: Pick<Engine, 'projections'>): number =>
  projections.status().reduce((sum, { parkedStreams }) => sum + parkedStreams, 0);

describe("the system's own streams, as a gateway and its clients write them", () => {
  const system = (id: number, type: string, data: string) =>
    ({
      id: w.eventId(2_000_000 + id),
      type,
      contentType: 'application/json',
      data: Buffer.from(data),
      metadata: new Uint8Array(),
    }) as const;

  it('are neither folded nor parked, whatever they are named after, and no session is another for them', async () => {
    const dataDir = w.tempFolder();
    const clock = { nowMs: T0 };
    const engine = await w.newEngine(dataDir, clock, { config: { eventstoredbPort: 0 } });
    await w.answered(engine.commands, 1);
    const session = engine.names.session(w.sessionId(1));
    const streams = [
      '$gateway',
      `$$${session}`,
      '$$session-no-ulid',
      '$$merchant-m1',
      '$$ops-x',
      '$$a',
      '$projections-$all',
    ];
    for (const [i, stream] of streams.entries()) {
      await engine.store.append(stream, [system(i, '$metadata', '{"$tb":9223372036854775807}')], 'any');
      await engine.store.append(stream, [system(100 + i, 'opened', 'no JSON')], 'any');
    }
    // A link and a tombstone in the session's own stream are types that nobody knows.
    await engine.store.append(session, [system(200, '$>', '0@a'), system(201, '$streamDeleted', '')], 'any');
    await w.live(engine.store, engine);
    const checked = async ({ readiness, projections }: Engine): Promise<void> => {
      expect(readiness()).toMatchObject({ ready: true });
      expect(parkedOf({ projections })).toBe(0);
      expect(projections.session(w.sessionId(1))?.state).toMatchObject({ rule: 'buyer-silent' });
    };
    await checked(engine);
    clock.nowMs = DEADLINE_MS + GRACE_MS + 1;
    await engine.timeouts.tick(clock.nowMs);
    expect(await w.closesPerSession(engine, 3)).toEqual({ 0: 2, 1: 1 });
    await engine.close();
    w.deleteViews(dataDir);
    const again = await w.newEngine(dataDir, clock);
    await w.live(again.store, again);
    expect(parkedOf(again)).toBe(0);
    expect(again.projections.session(w.sessionId(1))?.state).toMatchObject({ status: 'closed' });
  });

  it('an official client may not hide a session, and what it hides of its own streams hides nothing of ours', async () => {
    const clock = { nowMs: T0 };
    const engine = await w.newEngine(w.tempFolder(), clock, { config: { eventstoredbPort: 0 } });
    await w.answered(engine.commands, 1);
    const session = engine.names.session(w.sessionId(1));
    const client = EventStoreDBClient.connectionString(
      `esdb://127.0.0.1:${engine.gateway?.address.port}?tls=false&keepAliveInterval=10123`,
    );
    for (const hide of [
      client.deleteStream(session),
      client.tombstoneStream(session),
      client.setStreamMetadata(session, { truncateBefore: 2 }),
    ]) {
      await expect(hide).rejects.toMatchObject({ type: 'access-denied' });
    }
    await client.appendToStream('their-own', jsonEvent({ type: 'x', data: {} }));
    await client.setStreamMetadata('their-own', { maxCount: 1 });
    await client.tombstoneStream('their-own');
    await client.dispose();
    await w.live(engine.store, engine);
    expect(parkedOf(engine)).toBe(0);
    // The truth is untouched: hidden events are in the log.
    expect((await engine.store.readStream('their-own')).kind).toBe('page');
    clock.nowMs = DEADLINE_MS + GRACE_MS + 1;
    await engine.timeouts.tick(clock.nowMs);
    expect(await w.closesPerSession(engine, 2)).toEqual({ 0: 1, 1: 1 });
  });
});

describe('a clock that is off (D21)', () => {
  it('stops the sweep, says so in the log and in readiness, and goes on once the clocks agree', async () => {
    const clock = { nowMs: T0 };
    const writer = await w.newEngine(w.tempFolder(), clock);
    for (const number of [1, 2, 3]) await w.answered(writer.commands, number);
    // Ours is ahead: by ours all three are due, by the store's none is.
    let offsetMs = -5_001;
    const lines: string[] = [];
    const engine = await w.secondEngine(writer, clock, {
      storeClockOffsetMs: () => offsetMs,
      limits: { probeIntervalMs: 1e12 },
      log: ({ what }) => lines.push(what),
    });
    await w.live(writer.store, engine);
    const readiness = () => readinessOf(engine.projections.status(), engine.timeouts.status(), true);
    clock.nowMs = DEADLINE_MS + GRACE_MS + 1;
    await engine.timeouts.tick(clock.nowMs);
    expect(await w.closesPerSession(writer, 4)).toEqual({ 0: 4 });
    expect(readiness()).toMatchObject({ ready: false });
    expect(readiness().checks.at(-1)).toMatchObject({ name: 'timeouts', ready: false });
    expect(readiness().checks.at(-1)?.detail).toMatch(/^clock-off/);
    expect(lines).toEqual(['clock-off']);
    offsetMs = -5_000;
    expect(readiness()).toMatchObject({ ready: true });
    await engine.timeouts.tick(clock.nowMs);
    expect(await w.closesPerSession(writer, 4)).toEqual({ 0: 1, 1: 3 });
  });
});
