import { afterAll, describe, expect, it } from '@jest/globals';
import { LIST_LOOK_MAX, type ListSessions, type QueueCursor, type SessionHandle } from '../src/index.js';
import * as w from './lib/world.js';

afterAll(w.removeTempFolders);

const { T0 } = w;
const MINUTE_MS = 60_000;
const idsOf = (sessions: readonly SessionHandle[]): string[] => sessions.map(({ id }) => id);
const ids = (...numbers: readonly number[]): string[] => numbers.map(w.sessionId);

/** 1 open, 2 closed by an agent, 3 past its deadline, 4 waiting for its pin, 5 of another merchant, 6 parked. */
const mixedWorld = async (): Promise<w.World> => {
  const world = await w.openWorld();
  const session = (number: number): string => w.names.session(w.sessionId(number));
  const { store } = world;
  await w.append(store, session(1), w.opened(T0, 'm1', { buyerId: 'b1', externalId: 'x1' }), w.pin(T0));
  await w.append(store, session(2), w.opened(T0), w.pin(T0), w.closedBy(T0 + 1));
  await w.append(store, session(3), w.opened(T0 - 361 * MINUTE_MS), w.pin(T0 - 361 * MINUTE_MS));
  await w.append(store, session(4), w.opened(T0, 'm1', { buyerId: 'b1' }));
  await w.append(store, session(5), w.opened(T0, 'm2'), w.pin(T0, 20, 'm2'));
  await w.append(store, session(6), w.opened(T0), w.pin(T0), { ...w.encoded(w.buyer(T0)), data: Buffer.from('{') });
  await w.caughtUp(world);
  return world;
};

describe('lists of sessions', () => {
  it('show what was asked for, newest first', async () => {
    const world = await mixedWorld();
    const list = (query: Partial<ListSessions>): string[] =>
      idsOf(world.projections.sessions({ nowMs: T0 + 1_000, limit: 10, ...query }).sessions);
    expect(list({})).toEqual(ids(6, 5, 4, 3, 2, 1));
    expect(list({ merchantId: 'm1' })).toEqual(ids(6, 4, 3, 2, 1));
    expect(list({ state: 'open' })).toEqual(ids(5, 4, 1));
    expect(list({ state: 'lapsed' })).toEqual(ids(3));
    expect(list({ state: 'closed', merchantId: 'm1' })).toEqual(ids(2));
    expect(list({ state: 'parked' })).toEqual(ids(6));
    expect(list({ closeReason: 'by-agent' })).toEqual(ids(2));
    expect(list({ closeReason: 'by-buyer' })).toEqual([]);
    expect(list({ externalId: 'x1' })).toEqual(ids(1));
    expect(list({ buyerId: 'b1', merchantId: 'm1' })).toEqual(ids(4, 1));
    expect(list({ merchantId: 'nobody' })).toEqual([]);
    // At its deadline a session is in time (D1).
    expect(list({ state: 'lapsed', nowMs: T0 - MINUTE_MS })).toEqual([]);
    expect(list({ state: 'lapsed', nowMs: T0 - MINUTE_MS + 1 })).toEqual(ids(3));
    await w.closeWorld(world);
  });

  it('come in pages that miss nothing and repeat nothing, also while sessions are added', async () => {
    const world = await w.openWorld();
    for (let i = 1; i <= 25; i++) await w.append(world.store, w.names.session(w.sessionId(i)), w.opened(T0), w.pin(T0));
    await w.caughtUp(world);
    const seen: string[] = [];
    let after: number | undefined;
    let added = 25;
    do {
      const page = world.projections.sessions({ merchantId: 'm1', state: 'open', nowMs: T0, limit: 4, after });
      expect(page.sessions.length).toBeLessThanOrEqual(4);
      seen.push(...idsOf(page.sessions));
      after = page.next;
      await w.append(world.store, w.names.session(w.sessionId(++added)), w.opened(T0), w.pin(T0));
      await w.caughtUp(world);
    } while (after !== undefined);
    expect(seen).toEqual(ids(...Array.from({ length: 25 }, (_, i) => 25 - i)));
    await w.closeWorld(world);
  });

  it('look through a bounded number of rows at a time, and go on from there', async () => {
    const world = await w.openWorld();
    await w.append(world.store, w.names.session(w.sessionId(0)), w.opened(T0), w.pin(T0), w.closedBy(T0));
    const rows = LIST_LOOK_MAX + 5;
    for (let i = 1; i <= rows; i += 500) {
      const streams = Array.from({ length: Math.min(500, rows + 1 - i) }, (_, j) =>
        w.names.session(w.sessionId(i + j)),
      );
      await Promise.all(streams.map((stream) => w.append(world.store, stream, w.opened(T0), w.pin(T0))));
    }
    await w.caughtUp(world);
    const first = world.projections.sessions({ closeReason: 'by-agent', nowMs: T0, limit: 10 });
    expect(first.sessions).toEqual([]);
    expect(first.next).toBeDefined();
    const second = world.projections.sessions({ closeReason: 'by-agent', nowMs: T0, limit: 10, after: first.next });
    expect(idsOf(second.sessions)).toEqual(ids(0));
    expect(second.next).toBeUndefined();
    await w.closeWorld(world);
  });

  it('find the few that are parked among any number of others', async () => {
    const world = await w.openWorld();
    const broken = { ...w.encoded(w.opened(T0)), data: Buffer.from('{') };
    await w.append(world.store, w.names.session(w.sessionId(0)), broken);
    const streams = Array.from({ length: 300 }, (_, i) => w.names.session(w.sessionId(i + 1)));
    await Promise.all(streams.map((stream) => w.append(world.store, stream, w.opened(T0), w.pin(T0))));
    await w.caughtUp(world);
    const found = world.projections.sessions({ state: 'parked', nowMs: T0, limit: 10 });
    expect({ ids: idsOf(found.sessions), next: found.next }).toEqual({ ids: ids(0), next: undefined });
    const ofMerchant = world.projections.sessions({ state: 'parked', merchantId: 'm1', nowMs: T0, limit: 10 });
    expect({ ids: idsOf(ofMerchant.sessions), next: ofMerchant.next }).toEqual({ ids: [], next: undefined });
    for (const merchant of ['', "AND +merchant = 'm1'"]) {
      const sql = `SELECT key FROM sessions_g1 WHERE key < 9 ${merchant} AND parked_why IS NOT NULL ORDER BY key DESC`;
      const plan = world.views.database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all().join();
      expect(plan).toContain('sessions_g1_parked');
    }
    await w.closeWorld(world);
  });
});

describe('the queue', () => {
  it('shows who waits, longest first, whatever rule runs, and when the wait runs out', async () => {
    const world = await w.openWorld();
    const { store, projections } = world;
    const session = (number: number): string => w.names.session(w.sessionId(number));
    await w.append(store, session(1), w.opened(T0), w.pin(T0), w.queued(T0 + 2_000, 'q1'));
    await w.append(store, session(2), w.opened(T0), w.pin(T0), w.queued(T0 + 1_000, 'q2'), w.buyer(T0 + 3_000));
    await w.append(store, session(3), w.opened(T0), w.pin(T0), w.queued(T0), w.agent(T0 + 1));
    await w.append(store, session(4), w.opened(T0), w.pin(T0), w.queued(T0), w.closedBy(T0 + 1));
    await w.append(store, session(5), w.opened(T0, 'm2'), noQueueLimit('m2'), w.queued(T0 + 500, 'q1'));
    await w.caughtUp(world);
    const all = projections.queue({ nowMs: T0 + 5_000, limit: 10 }).waiting;
    expect(idsOf(all)).toEqual(ids(5, 2, 1));
    expect(all.map(({ waitingSinceMs }) => waitingSinceMs - T0)).toEqual([500, 1_000, 2_000]);
    expect(all.map(({ expiresAtMs }) => expiresAtMs)).toEqual([
      undefined,
      T0 + 1_000 + 1_440 * MINUTE_MS,
      T0 + 2_000 + 1_440 * MINUTE_MS,
    ]);
    expect(idsOf(projections.queue({ merchantId: 'm1', nowMs: T0, limit: 10 }).waiting)).toEqual(ids(2, 1));
    expect(idsOf(projections.queue({ queueId: 'q1', nowMs: T0, limit: 10 }).waiting)).toEqual(ids(5, 1));
    // Whoever has lapsed no longer waits, also before the close is recorded.
    const later = T0 + 1_440 * MINUTE_MS + 1_001;
    expect(idsOf(projections.queue({ merchantId: 'm1', nowMs: later, limit: 10 }).waiting)).toEqual(ids(1));
    await w.closeWorld(world);
  });

  it('comes in pages', async () => {
    const world = await w.openWorld();
    for (let i = 1; i <= 9; i++) {
      await w.append(world.store, w.names.session(w.sessionId(i)), w.opened(T0), w.pin(T0), w.queued(T0 + (i % 3)));
    }
    await w.caughtUp(world);
    const seen: string[] = [];
    let after: QueueCursor | undefined;
    do {
      const page = world.projections.queue({ nowMs: T0, limit: 2, after });
      seen.push(...idsOf(page.waiting));
      after = page.next;
    } while (after !== undefined);
    expect(seen).toEqual(ids(3, 6, 9, 1, 4, 7, 2, 5, 8));
    await w.closeWorld(world);
  });
});

describe('merchants', () => {
  it('show the current version, all versions, and how far an old one is drained', async () => {
    const world = await w.openWorld();
    const { store, projections } = world;
    for (const version of [1, 2])
      await w.append(store, w.names.merchant('m1'), w.pin(T0 + version, 20 + version, 'm1', version));
    for (const [number, version] of [
      [1, 1],
      [2, 1],
      [3, 2],
    ] as const) {
      await w.append(store, w.names.session(w.sessionId(number)), w.opened(T0), w.pin(T0, 20, 'm1', version));
    }
    await w.append(store, w.names.session(w.sessionId(4)), w.opened(T0, 'm2'));
    await w.append(store, w.names.session(w.sessionId(1)), w.closedBy(T0 + 1));
    await w.caughtUp(world);
    expect(projections.merchants.byId('m1')).toMatchObject({
      currentVersion: 2,
      opened: 3,
      openByVersion: { 1: 1, 2: 1 },
      closedByReason: { 'by-agent': 1 },
    });
    expect(projections.merchants.byId('m2')).toMatchObject({ currentVersion: 0, unpinned: 1 });
    expect(projections.merchants.total()).toMatchObject({ opened: 4, unpinned: 1 });
    await w.append(store, w.names.session(w.sessionId(2)), w.closedBy(T0 + 1));
    await w.caughtUp(world);
    expect(projections.merchants.byId('m1')?.openByVersion).toEqual({ 2: 1 });
    const page = projections.merchants.list({ limit: 1 });
    expect(page.merchants.map(({ merchantId }) => merchantId)).toEqual(['m1']);
    expect(projections.merchants.list({ limit: 5, after: page.next }).merchants).toMatchObject([{ merchantId: 'm2' }]);
    const newest = projections.merchants.versions({ merchantId: 'm1', limit: 1 });
    expect(newest.versions).toMatchObject([{ version: 2, buyerReplyMinutes: 22, revision: 1 }]);
    const older = projections.merchants.versions({ merchantId: 'm1', limit: 5, before: newest.next });
    expect(older.versions).toMatchObject([{ version: 1, buyerReplyMinutes: 21, revision: 0 }]);
    expect(projections.merchants.versions({ merchantId: 'm', limit: 5 }).versions).toEqual([]);
    await w.closeWorld(world);
  });
});

const noQueueLimit = (merchantId: string) => {
  const pin = w.pin(T0, 20, merchantId);
  return { ...pin, data: { ...pin.data, policy: 'legacy', queueMinutes: null } } as typeof pin;
};
