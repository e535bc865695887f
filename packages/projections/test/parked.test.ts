import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { KIND_DECISION, type ParkDecision } from '@lapse/domain';
import { StoreError, type EventStore } from '@lapse/store';
import { builtInProjectors, ViewsError, type Projector } from '../src/index.js';
import { Pipeline } from '../src/pipeline/pipeline.js';
import { dump } from './lib/dump.js';
import * as w from './lib/world.js';

afterAll(w.removeTempFolders);

const STREAM = w.names.session(w.sessionId(1));
const MERCHANT = w.names.merchant('m1');
const by = { role: 'platform', id: 'http' };
const broken = (type = 'message-from-agent') => ({
  ...w.encoded(w.buyer(w.T0)),
  type,
  data: Buffer.from('{"occurredAt":1}'),
});
const decide = (store: EventStore, stream: string, decision: Pick<ParkDecision, 'type'> & { revision?: number }) => {
  const { type, revision } = decision;
  const data = { stream, by, ...(revision === undefined ? {} : { revision, why: 'the sender was under test' }) };
  return w.append(store, w.names.operations(stream), { type, occurredAtMs: w.T0, data } as ParkDecision);
};
const skip = (store: EventStore, revision: number, stream = STREAM) =>
  decide(store, stream, { type: 'stream-skipped', revision });

/** A session that an agent has answered and a broken event has parked, with a message of the buyer behind it. */
const parkedWorld = async (given: Parameters<typeof w.openWorld>[0] = {}): Promise<w.World> => {
  const world = await w.openWorld(given);
  await w.append(world.store, STREAM, w.opened(w.T0), w.pin(w.T0), w.agent(w.T0), broken(), w.buyer(w.T0 + 60_000));
  await w.caughtUp(world);
  expect(world.projections.parked()).toMatchObject([{ name: 'sessions', stream: STREAM, revision: 3 }]);
  return world;
};
const due = ({ projections }: w.World): number[] => {
  const found: number[] = [];
  projections.eachDue((_key, dueAtMs) => found.push(dueAtMs));
  return found;
};
/** The rows are those of a fold from zero over the same log. */
const expectSameFromZero = async (world: w.World, projectors?: readonly Projector[]): Promise<void> => {
  world.projections.flush();
  const fresh = await w.openWorld({ store: world.store, clock: world.clock, ...(projectors && { projectors }) });
  await w.caughtUp(fresh);
  fresh.projections.flush();
  expect(dump(world.views)).toEqual(dump(fresh.views));
  await w.closeWorld(fresh);
};

describe('a parked session', () => {
  it('has no deadline that anybody knows, and is listed with its reason', async () => {
    const world = await parkedWorld();
    expect(due(world)).toEqual([]);
    const listed = world.projections.sessions({ state: 'parked', nowMs: w.T0, limit: 10 }).sessions;
    expect(listed).toMatchObject([{ id: w.sessionId(1), state: { parked: { revision: 3 } } }]);
    for (const state of ['open', 'lapsed', 'closed'] as const) {
      expect(world.projections.sessions({ state, nowMs: w.T0, limit: 10 }).sessions).toEqual([]);
    }
    await w.closeWorld(world);
  });

  it('goes on without the event that was skipped: row, list, counts, deadline', async () => {
    const world = await parkedWorld();
    const heard: unknown[] = [];
    world.projections.observe({ onSession: ({ id, state }) => heard.push([id, state.parked, state.rule]) });
    await skip(world.store, 3);
    await w.caughtUp(world);
    expect(world.projections.parked()).toEqual([]);
    expect(world.projections.session(w.sessionId(1))?.state).toMatchObject({
      parked: undefined,
      rule: 'agent-silent',
      anchorRevision: 4,
      unknownEvents: 1,
      buyerMessages: 1,
    });
    expect(due(world)).toEqual([w.T0 + 361 * 60_000]);
    expect(heard).toEqual([[w.sessionId(1), undefined, 'agent-silent']]);
    expect(world.projections.merchants.total()).toMatchObject({ parkedSessions: 0, openByVersion: { 1: 1 } });
    expect(world.projections.row('unknown-types', 'stream-skipped')).toBeUndefined();
    await expectSameFromZero(world);
    await w.closeWorld(world);
  });

  it('takes what comes next, also after a restart and where its row is damaged', async () => {
    const file = join(w.tempFolder(), 'views.db');
    const world = await parkedWorld({ file });
    await skip(world.store, 3);
    await w.caughtUp(world);
    await world.projections.stop();
    world.views.database.exec("UPDATE sessions_g1 SET held = '[{'");
    world.views.close();
    const again = await w.openWorld({ store: world.store, file });
    expect(again.projections.parked()).toEqual([]);
    await w.append(world.store, STREAM, w.agent(w.T0 + 120_000));
    await w.caughtUp(again);
    expect(again.projections.session(w.sessionId(1))?.state).toMatchObject({
      parked: undefined,
      rule: 'buyer-silent',
      anchorRevision: 5,
      buyerMessages: 1,
    });
    await expectSameFromZero(again);
    await w.closeWorld(again);
  });

  it('stays parked at the next event that cannot be read, with that one’s reason', async () => {
    const world = await parkedWorld();
    await w.append(world.store, STREAM, broken('queued'));
    await skip(world.store, 3);
    await w.caughtUp(world);
    expect(world.projections.parked()).toMatchObject([{ stream: STREAM, revision: 5, position: '6' }]);
    expect(world.projections.merchants.total()).toMatchObject({ parkedSessions: 1 });
    await skip(world.store, 5);
    await w.caughtUp(world);
    expect(world.projections.parked()).toEqual([]);
    await expectSameFromZero(world);
    await w.closeWorld(world);
  });

  it('whose first event was skipped is found by its merchant, with all that its opening says', async () => {
    const world = await w.openWorld();
    await w.append(world.store, STREAM, w.buyer(w.T0), w.opened(w.T0, 'm1', { buyerId: 'b7' }), w.pin(w.T0));
    await w.caughtUp(world);
    await world.projections.stop();
    expect(world.projections.merchants.byId('?')).toMatchObject({ parkedSessions: 1, opened: 0 });
    const again = await w.openWorld({ store: world.store, views: world.views });
    await skip(world.store, 0);
    await w.caughtUp(again);
    const mine = again.projections.sessions({ merchantId: 'm1', buyerId: 'b7', nowMs: w.T0, limit: 10 }).sessions;
    expect(mine.map(({ id }) => id)).toEqual([w.sessionId(1)]);
    expect(again.projections.merchants.byId('?')).toMatchObject({ parkedSessions: 0 });
    expect(again.projections.merchants.byId('m1')).toMatchObject({ parkedSessions: 0, opened: 1 });
    await expectSameFromZero(again);
    await w.closeWorld(again);
  });

  it('stays parked where a decision speaks of another event or another stream, or came before the event', async () => {
    const world = await w.openWorld();
    await skip(world.store, 3);
    await w.append(world.store, STREAM, w.opened(w.T0), w.pin(w.T0), w.agent(w.T0), broken());
    await skip(world.store, 2);
    await decide(world.store, STREAM, { type: 'stream-retried' });
    await w.append(world.store, w.names.operations(STREAM), {
      type: 'stream-skipped',
      occurredAtMs: w.T0,
      data: { stream: MERCHANT, revision: 3, why: 'not mine', by },
    });
    await w.append(world.store, 'ops-keys', { ...broken(), type: 'key-created' });
    await w.caughtUp(world);
    expect(world.projections.parked()).toMatchObject([{ stream: STREAM, revision: 3 }]);
    await expectSameFromZero(world);
    await w.closeWorld(world);
  });

  it('is left as it was while the store does not answer, and freed when it does', async () => {
    const clock = new w.ManualClock();
    const real = w.memoryStore(clock);
    const mood = { broken: false };
    const store: EventStore = Object.assign(Object.create(real) as EventStore, {
      readStream: (...args: Parameters<EventStore['readStream']>) =>
        mood.broken ? Promise.reject(new StoreError('store-unavailable', 'the line is cut')) : real.readStream(...args),
    });
    const world = await parkedWorld({ store, clock });
    mood.broken = true;
    await skip(real, 3);
    await w.append(real, w.names.session(w.sessionId(2)), w.opened(w.T0), w.pin(w.T0));
    for (let i = 0; i < 50; i++) await new Promise((resolve) => setImmediate(resolve));
    expect(world.projections.parked()).toMatchObject([{ stream: STREAM, revision: 3 }]);
    mood.broken = false;
    clock.advance(20_000);
    await w.caughtUp(world);
    expect(world.projections.parked()).toEqual([]);
    expect(world.projections.merchants.total()).toMatchObject({ parkedSessions: 0, opened: 2 });
    await w.closeWorld(world);
  });
});

describe('a parked merchant', () => {
  it('has its current version again once the event is skipped', async () => {
    const world = await w.openWorld();
    const { store, projections } = world;
    await w.append(store, MERCHANT, w.pin(w.T0, 20, 'm1', 1), broken('config-version'), w.pin(w.T0, 50, 'm1', 2));
    await w.caughtUp(world);
    expect(projections.merchants.byId('m1')).toMatchObject({ currentVersion: 1, parkedWhy: expect.any(String) });
    await skip(store, 1, MERCHANT);
    await w.caughtUp(world);
    expect(projections.merchants.byId('m1')).toMatchObject({ currentVersion: 2, parkedWhy: null, revision: 2 });
    expect(projections.parked()).toEqual([]);
    await w.append(store, MERCHANT, w.pin(w.T0, 60, 'm1', 3));
    await w.caughtUp(world);
    expect(projections.merchants.byId('m1')).toMatchObject({ currentVersion: 3, revision: 3 });
    await expectSameFromZero(world);
    await w.closeWorld(world);
  });
});

describe('a stream that only one projector had parked', () => {
  /** Trips over a buyer's message until somebody mends it, as another release of Lapse would. */
  const picky = (from: 'session' | 'merchant') => {
    const mood = { isMended: false };
    const projector: Projector<{ seen: number; buyers: number }> = {
      name: 'picky',
      version: 1,
      reads: [from],
      keysOf: () => ['all'],
      start: () => ({ seen: 0, buyers: 0 }),
      apply: (row, { revision, before, session, kind }) => {
        if (revision === 2 && !mood.isMended) throw new Error('I do not like it');
        if (kind === KIND_DECISION) return row;
        const buyers = row.buyers + (session?.buyerMessages ?? 0) - (before?.buyerMessages ?? 0);
        return { seen: row.seen + 1, buyers };
      },
    };
    return { mood, projector };
  };

  it('is shown to it again from there on with a retry, with the session as it stood', async () => {
    const { mood, projector } = picky('session');
    const projectors = [...builtInProjectors, projector];
    const world = await w.openWorld({ projectors });
    const { store, projections } = world;
    await w.append(store, STREAM, w.opened(w.T0), w.pin(w.T0), w.buyer(w.T0), w.buyer(w.T0), w.agent(w.T0));
    await w.caughtUp(world);
    expect(projections.parked()).toMatchObject([{ name: 'picky', stream: STREAM, revision: 2 }]);
    await decide(store, STREAM, { type: 'stream-retried' });
    await w.caughtUp(world);
    expect(projections.parked()).toMatchObject([{ name: 'picky', stream: STREAM, revision: 2 }]);
    mood.isMended = true;
    await decide(store, STREAM, { type: 'stream-retried' });
    await w.append(store, STREAM, w.buyer(w.T0));
    await w.caughtUp(world);
    expect(projections.parked()).toEqual([]);
    expect(projections.row('picky', 'all')).toEqual({ seen: 6, buyers: 3 });
    await expectSameFromZero(world, projectors);
    await w.closeWorld(world);
  });

  it('of a merchant likewise', async () => {
    const { mood, projector } = picky('merchant');
    const projectors = [projector];
    const world = await w.openWorld({ projectors });
    for (const version of [1, 2, 3, 4]) await w.append(world.store, MERCHANT, w.pin(w.T0, 20, 'm1', version));
    await w.caughtUp(world);
    expect(world.projections.parked()).toMatchObject([{ name: 'picky', stream: MERCHANT, revision: 2 }]);
    mood.isMended = true;
    await decide(world.store, MERCHANT, { type: 'stream-retried' });
    await w.caughtUp(world);
    expect(world.projections.parked()).toEqual([]);
    expect(world.projections.row('picky', 'all')).toMatchObject({ seen: 4 });
    await w.closeWorld(world);
  });
});

describe('a fold that is to stop at bad streams', () => {
  const foldAll = async (store: EventStore): Promise<void> => {
    const world = await w.openWorld({ store: w.memoryStore({ nowMs: w.T0 }) });
    const { parts } = (world.projections as unknown as { models: { pipeline: { parts: object } } }).models.pipeline;
    const onParked = ({ stream, revision }: { stream: string; revision: number }): never => {
      throw new ViewsError('stream-parked', `${stream} at ${revision}`);
    };
    const pipeline = new Pipeline({ ...(parts as ConstructorParameters<typeof Pipeline>[0]), store, onParked });
    try {
      await pipeline.applyPage(await store.readAll({ after: 'start', maxCount: 1_000 }));
    } finally {
      world.views.close();
    }
  };

  it('does not stop at one whose event the log goes on to skip', async () => {
    const store = w.memoryStore({ nowMs: w.T0 });
    await w.append(store, STREAM, w.opened(w.T0), w.pin(w.T0), broken());
    await expect(foldAll(store)).rejects.toThrow(`${STREAM} at 2`);
    await skip(store, 2);
    await foldAll(store);
    await w.append(store, STREAM, broken());
    await expect(foldAll(store)).rejects.toThrow(`${STREAM} at 3`);
  });
});
