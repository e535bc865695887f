import { afterAll, describe, expect, it } from '@jest/globals';
import { StoreError, type EventStore, type Position } from '@lapse/store';
import { isViewsError } from '../src/index.js';
import * as w from './lib/world.js';

afterAll(w.removeTempFolders);

const soon = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const until = async (isSo: () => boolean): Promise<void> => {
  for (let i = 0; i < 2_000 && !isSo(); i++) await soon();
  expect(isSo()).toBe(true);
};

/** A store that others can make deaf or broken. */
const moody = (store: EventStore): { store: EventStore; mood: { deaf: boolean; broken: boolean } } => {
  const mood = { deaf: false, broken: false };
  const wrapped: EventStore = Object.assign(Object.create(store) as EventStore, {
    async *subscribe(options: Parameters<EventStore['subscribe']>[0]) {
      for await (const message of store.subscribe(options)) {
        while (mood.deaf && !options.signal?.aborted) await soon();
        if (mood.broken) throw new StoreError('store-unavailable', 'the line is cut');
        yield message;
      }
    },
  });
  return { store: wrapped, mood };
};

describe('the state of a projection', () => {
  it('is catching-up, then live, with position, head and lag', async () => {
    const store = w.memoryStore({ nowMs: w.T0 });
    await w.append(store, w.names.session(w.sessionId(1)), w.opened(w.T0), w.pin(w.T0));
    const world = await w.openWorld({ store });
    expect(world.projections.status()[0]).toMatchObject({ name: 'sessions', state: 'catching-up', position: 'start' });
    await until(() => world.projections.status().every(({ state }) => state === 'live'));
    const head = await store.headPosition();
    for (const status of world.projections.status()) {
      expect(status).toMatchObject({ position: head, head, lagEvents: 0, lagSeconds: 0, parkedStreams: 0 });
      expect(status.lastError).toBeUndefined();
    }
    await w.closeWorld(world);
  });

  it('is stalled when the log grows and nothing moves, and live again when it does', async () => {
    const { store, mood } = moody(w.memoryStore({ nowMs: w.T0 }));
    const eventsBetween = (): number => 3;
    const world = await w.openWorld({ store, eventsBetween });
    await until(() => world.projections.status()[0]?.state === 'live');
    mood.deaf = true;
    await w.append(store, w.names.session(w.sessionId(1)), w.opened(w.T0), w.pin(w.T0), w.buyer(w.T0));
    for (let i = 0; i < 13; i++) {
      world.clock.advance(1_000);
      await soon();
      await soon();
    }
    expect(world.projections.status()[0]).toMatchObject({ state: 'stalled', lagEvents: 3, head: '3' });
    mood.deaf = false;
    await w.caughtUp(world);
    await until(() => world.projections.status()[0]?.state === 'live');
    await w.closeWorld(world);
  });

  it('comes back by itself when the store was gone for a while, and says what was wrong meanwhile', async () => {
    const { store, mood } = moody(w.memoryStore({ nowMs: w.T0 }));
    const world = await w.openWorld({ store });
    const seen: string[] = [];
    world.projections.observe({
      onSession: () => undefined,
      onCaughtUp: () => seen.push('caught up'),
      onBehind: () => seen.push('behind'),
    });
    await until(() => world.projections.status()[0]?.state === 'live');
    mood.broken = true;
    await w.append(store, w.names.session(w.sessionId(1)), w.opened(w.T0), w.pin(w.T0));
    await until(() => world.projections.status()[0]?.state === 'catching-up');
    expect(world.projections.status()[0]?.lastError).toBe('the line is cut');
    mood.broken = false;
    for (let i = 0; i < 20; i++) {
      world.clock.advance(10_000);
      await soon();
    }
    await w.caughtUp(world);
    await until(() => world.projections.status()[0]?.state === 'live');
    expect(world.projections.status()[0]?.lastError).toBeUndefined();
    expect(seen).toEqual(['caught up', 'behind', 'caught up']);
    await w.closeWorld(world);
  });

  it('moves its position also where nothing matches', async () => {
    const world = await w.openWorld();
    for (let i = 0; i < 5; i++) await w.append(world.store, 'elsewhere-1', w.buyer(w.T0));
    await w.caughtUp(world);
    expect(world.projections.position).toBe('5');
    world.clock.advance(1_000);
    expect(world.views.live('sessions')?.position).toBe('5');
    await w.closeWorld(world);
  });
});

describe('reading what one wrote', () => {
  it('waits for a position, and not for longer than it was told', async () => {
    const world = await w.openWorld();
    await w.append(world.store, w.names.session(w.sessionId(1)), w.opened(w.T0));
    await world.projections.waitFor('1' as Position, 1_000);
    expect(world.projections.session(w.sessionId(1))).toBeDefined();
    const waiting = world.projections.waitFor('2' as Position, 1_000);
    world.clock.advance(1_001);
    await expect(waiting).rejects.toMatchObject({ code: 'read-too-late' });
    await w.closeWorld(world);
    await expect(world.projections.waitFor('2' as Position, 1_000)).rejects.toMatchObject({ code: 'views-closed' });
  });

  it('refuses to let any number wait', async () => {
    const world = await w.openWorld({ limits: { waitersMax: 1 } });
    const first = world.projections.waitFor('9' as Position, 1_000);
    await expect(world.projections.waitFor('9' as Position, 1_000)).rejects.toMatchObject({ code: 'read-too-late' });
    await w.closeWorld(world);
    await first.catch((error: unknown) => expect(isViewsError(error)).toBe(true));
  });

  it('shows rows that are not written yet in lists as well', async () => {
    const world = await w.openWorld({ limits: { flushDelayMs: 1e9 } });
    await w.append(world.store, w.names.session(w.sessionId(1)), w.opened(w.T0), w.pin(w.T0), w.queued(w.T0));
    await w.caughtUp(world);
    expect(world.projections.sessions({ nowMs: w.T0, limit: 10 }).sessions).toHaveLength(1);
    expect(world.projections.queue({ nowMs: w.T0, limit: 10 }).waiting).toHaveLength(1);
    expect(world.projections.merchants.total()).toMatchObject({ opened: 1, openByVersion: { 1: 1 } });
    await w.closeWorld(world);
  });
});

describe('a bad stream', () => {
  it('is parked with its reason while the rest go on', async () => {
    const world = await w.openWorld();
    const broken = { ...w.encoded(w.buyer(w.T0)), data: Buffer.from('{') };
    await w.append(world.store, w.names.session(w.sessionId(1)), w.opened(w.T0), w.pin(w.T0), broken, w.agent(w.T0));
    await w.append(world.store, 'session-oops', w.opened(w.T0));
    await w.append(world.store, w.names.session(w.sessionId(2)), w.opened(w.T0), w.pin(w.T0));
    await w.caughtUp(world);
    expect(world.projections.parked()).toEqual([
      expect.objectContaining({ stream: w.names.session(w.sessionId(1)), revision: 2, position: '3' }),
      expect.objectContaining({ stream: 'session-oops', why: 'the name of the stream holds no ULID' }),
    ]);
    expect(world.projections.session(w.sessionId(1))?.state.parked).toMatchObject({ revision: 2 });
    expect(world.projections.session(w.sessionId(2))?.state).toMatchObject({ status: 'open' });
    expect(world.projections.status()[0]?.parkedStreams).toBe(2);
    expect(world.projections.merchants.total()).toMatchObject({ parkedSessions: 1 });
    await w.closeWorld(world);
  });

  it('that only one projector cannot deal with is parked for that one alone', async () => {
    const picky = {
      name: 'picky',
      version: 1,
      reads: ['session'] as const,
      keysOf: () => ['all'],
      start: () => ({ seen: 0 }),
      apply: (row: { seen: number }, { id, revision }: { id: string; revision: number }) => {
        if (id === w.sessionId(1) && revision === 1) throw new Error('I do not like it');
        return { seen: row.seen + 1 };
      },
    };
    const world = await w.openWorld({ projectors: [picky] });
    await w.append(world.store, w.names.session(w.sessionId(1)), w.opened(w.T0), w.pin(w.T0), w.buyer(w.T0));
    await w.append(world.store, w.names.session(w.sessionId(2)), w.opened(w.T0), w.pin(w.T0));
    await w.caughtUp(world);
    expect(world.projections.row('picky', 'all')).toEqual({ seen: 3 });
    expect(world.projections.parked()).toMatchObject([{ name: 'picky', revision: 1, why: 'I do not like it' }]);
    expect(world.projections.session(w.sessionId(1))?.state).toMatchObject({ status: 'open', buyerMessages: 1 });
    await w.closeWorld(world);
  });

  it('does not count what Lapse does not know against it: unknown types are counted', async () => {
    const world = await w.openWorld();
    const typing = { ...w.encoded(w.buyer(w.T0)), type: 'typing' };
    await w.append(world.store, w.names.session(w.sessionId(1)), w.opened(w.T0), w.pin(w.T0), typing);
    await w.caughtUp(world);
    expect(world.projections.parked()).toEqual([]);
    expect(world.projections.row('unknown-types', 'typing')).toEqual({ events: 1 });
    expect(world.projections.session(w.sessionId(1))?.state.unknownEvents).toBe(1);
    await w.closeWorld(world);
  });

  it('heals a row whose JSON was damaged, from its stream', async () => {
    const world = await w.openWorld();
    const stream = w.names.session(w.sessionId(1));
    await w.append(world.store, stream, w.opened(w.T0), w.buyer(w.T0), w.buyer(w.T0 + 5));
    await w.caughtUp(world);
    await world.projections.stop();
    world.views.database.exec("UPDATE sessions_g1 SET held = '[{'");
    const again = await w.openWorld({ store: world.store, views: world.views });
    expect((await again.projections.sessionByKey(1))?.state.held).toHaveLength(2);
    await w.append(world.store, stream, w.pin(w.T0));
    await w.caughtUp(again);
    expect(again.projections.session(w.sessionId(1))?.state).toMatchObject({ status: 'open', buyerMessages: 2 });
    expect(again.projections.counts.brokenRows).toBe(1);
    await w.closeWorld(again);
  });
});

describe('a repeated id (D18)', () => {
  it('is found also in sessions whose ids have to be read again, and only where the whole id is the same', async () => {
    const world = await w.openWorld();
    const stream = w.names.session(w.sessionId(1));
    const twice = w.encoded(w.buyer(w.T0), w.eventId(777));
    const alike = w.encoded(w.buyer(w.T0), '11111111-0000-4000-8000-000000000309');
    expect(alike.id.slice(-8)).toBe(twice.id.slice(-8));
    await w.append(world.store, stream, w.opened(w.T0), w.pin(w.T0), twice, alike);
    for (let i = 0; i < 300; i++) await w.append(world.store, stream, w.buyer(w.T0 + i));
    await w.caughtUp(world);
    await world.projections.stop();
    const again = await w.openWorld({ store: world.store, views: world.views });
    await w.append(world.store, stream, twice);
    await w.caughtUp(again);
    expect(again.projections.session(w.sessionId(1))?.state).toMatchObject({ buyerMessages: 302, repeatedIds: 1 });
    await w.closeWorld(again);
  });
});
