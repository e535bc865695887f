import { afterAll, describe, expect, it } from '@jest/globals';
import { STREAM_NAME_CHARS_MAX } from '@lapse/store';
import { builtInProjectors, openViews } from '../src/index.js';
import { dump } from './lib/dump.js';
import { RandomLog, seeded } from './lib/random-log.js';
import { eventually, liveNames, liveWorld, rebuildFile, rebuildIn, rowsFromZero } from './lib/rebuilding.js';
import * as w from './lib/world.js';
import { keptFile, look, newFile, plainLog, spoil } from './lib/kept-files.js';

afterAll(w.removeTempFolders);

describe('a rebuild where no engine runs', () => {
  it('builds every read model anew from the log and keeps the old rows', async () => {
    const store = await plainLog();
    const file = await keptFile(store);
    spoil(file, "UPDATE sessions_g1 SET buyer_messages = 77; UPDATE merchants_g1 SET row = '{}'");
    const outcome = await rebuildFile(file, store);
    expect(outcome).toMatchObject({ kind: 'swapped', isResumed: false, position: await store.headPosition() });
    expect(look(file, dump)).toEqual(await rowsFromZero(store));
    const olds = look(file, (views) => views.inRole('old').map(({ name, generation }) => `${name}@${generation}`));
    expect(olds).toContain('sessions@1');
  });

  it('makes read models where there were none', async () => {
    const store = await plainLog();
    const file = newFile();
    await rebuildFile(file, store);
    expect(look(file, dump)).toEqual(await rowsFromZero(store));
  });

  it('builds one read model alone, at the place where the others stand', async () => {
    const store = await plainLog();
    const file = await keptFile(store);
    spoil(file, "UPDATE merchants_g1 SET row = '{}'");
    await w.append(store, w.names.session(w.sessionId(900)), w.opened(w.T0), w.pin(w.T0));
    const outcome = await rebuildFile(file, store, { only: ['merchants'] });
    expect(outcome).toMatchObject({ kind: 'swapped', generations: ['merchants@2'] });
    expect(look(file, liveNames)).toEqual(expect.arrayContaining(['merchants@2', 'sessions@1']));
    const world = await w.openWorld({ file, store });
    await w.caughtUp(world);
    await world.projections.stop();
    expect(dump(world.views)).toEqual(await rowsFromZero(store));
    world.views.close();
  });

  it('of an empty log is done at once', async () => {
    const store = w.memoryStore({ nowMs: w.T0 });
    const file = newFile();
    expect(await rebuildFile(file, store)).toMatchObject({ kind: 'swapped', position: 'start' });
  });

  it('drops what the swap before it had replaced', async () => {
    const store = await plainLog();
    const file = await keptFile(store);
    await rebuildFile(file, store);
    await rebuildFile(file, store);
    expect(look(file, (views) => views.generations().map(({ generation }) => generation))).not.toContain(1);
  });
});

describe('a rebuild that was stopped', () => {
  const stopAfter = (pages: number): { signal: AbortSignal; store: (store: w.World['store']) => w.World['store'] } => {
    const stop = new AbortController();
    let left = pages;
    const store = (inner: w.World['store']): w.World['store'] =>
      Object.assign(Object.create(inner) as w.World['store'], {
        readAll: (options: Parameters<w.World['store']['readAll']>[0]) => {
          if (--left === 0) stop.abort();
          return inner.readAll({ ...options, maxCount: 50 });
        },
      });
    return { signal: stop.signal, store };
  };

  it('is gone on with behind its last page, and gives the same rows', async () => {
    const store = await plainLog();
    const file = await keptFile(store);
    const { signal, store: wrap } = stopAfter(2);
    const first = await rebuildFile(file, wrap(store), { signal });
    expect(first).toMatchObject({ kind: 'stopped', position: '100' });
    expect(look(file, liveNames)).toContain('sessions@1');
    const second = await rebuildFile(file, store);
    expect(second).toMatchObject({ kind: 'swapped', isResumed: true });
    expect(second.record.events).toBe(Number(await store.headPosition()));
    expect(look(file, dump)).toEqual(await rowsFromZero(store));
  });

  it('by a full disk leaves the live rows alone, and goes on once there is room', async () => {
    const store = await plainLog(400);
    const file = await keptFile(store);
    const full = openViews({ file, beside: true });
    const pages = full.database.prepare('PRAGMA page_count').get<[number]>()?.[0] ?? 0;
    full.database.exec(`PRAGMA max_page_count = ${pages + 20}`);
    await expect(rebuildIn(full, store)).rejects.toMatchObject({ code: 'disk-full' });
    full.close();
    expect(look(file, liveNames)).toContain('sessions@1');
    expect(await rebuildFile(file, store)).toMatchObject({ kind: 'swapped', isResumed: true });
    expect(look(file, dump)).toEqual(await rowsFromZero(store));
  });

  it('starts over when it is told to, and when it was asked for other read models', async () => {
    const store = await plainLog();
    const file = await keptFile(store);
    const { signal, store: wrap } = stopAfter(2);
    await rebuildFile(file, wrap(store), { signal });
    expect(await rebuildFile(file, store, { fromZero: true })).toMatchObject({ isResumed: false });
    const again = stopAfter(2);
    await rebuildFile(file, again.store(store), { signal: again.signal });
    expect(await rebuildFile(file, store, { only: ['merchants'] })).toMatchObject({ isResumed: false });
    expect(look(file, (views) => views.inRole('building'))).toEqual([]);
  });
});

describe('a rebuild beside a running engine', () => {
  it.each([undefined, ['merchants'], ['sessions']])('of %p is taken over while events come in', async (only) => {
    const store = await plainLog();
    const file = await keptFile(store);
    spoil(
      file,
      "UPDATE sessions_g1 SET automated_messages = 7 WHERE is_open = 0; UPDATE merchants_g1 SET row = '{}' WHERE key = 'm1'",
    );
    const world = await liveWorld({ file, store });
    const resets: string[] = [];
    world.projections.observe({ onSession: () => undefined, onReset: () => resets.push('reset') });
    let isWriting = true;
    const writing = (async () => {
      for (let i = 0; isWriting; i++) {
        await w.append(store, w.names.session(w.sessionId(1 + (i % 60))), w.buyer(w.T0 + 4_000_000 + i));
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    })();
    const outcome = await rebuildFile(file, store, only === undefined ? {} : { only });
    isWriting = false;
    await writing;
    expect(outcome.kind).toBe('taken-over');
    expect(resets).toEqual(only?.[0] === 'merchants' ? [] : ['reset']);
    await w.append(store, w.names.session(w.sessionId(901)), w.opened(w.T0), w.pin(w.T0));
    await w.caughtUp(world);
    await world.projections.stop();
    const rows = dump(world.views);
    const fresh = await rowsFromZero(store);
    for (const name of only ?? ['sessions', ...builtInProjectors.map(({ name: built }) => built)]) {
      expect(rows[name]).toEqual(fresh[name]);
    }
    world.views.close();
  });

  it('shows how far it is, and the old rows until the swap', async () => {
    const store = await plainLog();
    const file = await keptFile(store);
    const world = await liveWorld({ file, store, placeNumber: (place) => (place === 'start' ? 0 : Number(place)) });
    const stop = new AbortController();
    let seen: unknown;
    const slow = Object.assign(Object.create(store) as typeof store, {
      readAll: (options: Parameters<typeof store.readAll>[0]) => store.readAll({ ...options, maxCount: 100 }),
    });
    await rebuildFile(file, slow, {
      signal: stop.signal,
      onProgress: () => {
        seen = world.projections.status().find(({ name }) => name === 'merchants')?.rebuild;
      },
    });
    expect(seen).toMatchObject({ state: 'building', why: 'asked', share: 1, parked: 0 });
    expect(world.projections.status()[0]?.rebuild).toBeUndefined();
    await w.closeWorld(world);
  });

  it('is taken over by the next engine, where the one beside it has gone', async () => {
    const store = await plainLog();
    const file = await keptFile(store);
    const deaf = await liveWorld({ file, store, limits: { headIntervalMs: 1_000_000 } });
    await expect(rebuildFile(file, store, { handOverMs: 50 })).rejects.toMatchObject({ code: 'not-taken-over' });
    await w.closeWorld(deaf);
    const next = await liveWorld({ file, store });
    await eventually(() => liveNames(next.views).includes('sessions@2'));
    expect(dump(next.views)).toEqual(await rowsFromZero(store));
    await w.closeWorld(next);
  });
});

describe('a stream that cannot be folded', () => {
  const withBadStream = async (name: string): Promise<w.World['store']> => {
    const store = await plainLog(10);
    await w.append(store, name, w.buyer(w.T0));
    await w.append(store, w.names.session(w.sessionId(800)), w.opened(w.T0), w.pin(w.T0));
    return store;
  };

  it.each([
    ['with a name that is nobody’s', 'session-not-a-ulid'],
    ['with the longest name that a store takes', 'session-'.padEnd(STREAM_NAME_CHARS_MAX, 'x')],
  ])('%s stops a rebuild, which leaves the live rows alone and says what to do', async (_, name) => {
    const store = await withBadStream(name);
    const file = await keptFile(store);
    await expect(rebuildFile(file, store)).rejects.toMatchObject({
      code: 'stream-parked',
      message: expect.stringContaining('--park'),
    });
    expect(look(file, liveNames)).toContain('sessions@1');
    const outcome = await rebuildFile(file, store, { parks: true });
    expect(outcome).toMatchObject({ kind: 'swapped', isResumed: true, record: { parked: 1 } });
    expect(look(file, dump)).toEqual(await rowsFromZero(store));
  });
});

describe('a rebuild that cannot be', () => {
  it('names the read models that there are', async () => {
    const store = await plainLog(1);
    await expect(rebuildFile(newFile(), store, { only: ['nonsense'] })).rejects.toMatchObject({
      code: 'no-such-projection',
      message: expect.stringContaining('there are sessions, '),
    });
  });

  it('of one read model needs others beside it', async () => {
    const store = await plainLog(1);
    await expect(rebuildFile(newFile(), store, { only: ['merchants'] })).rejects.toMatchObject({
      code: 'no-read-models',
      message: expect.stringContaining('--all'),
    });
  });

  it('is refused while another one runs; a second engine is refused too', async () => {
    const file = await keptFile(await plainLog(1));
    const rebuilding = openViews({ file, beside: true });
    const engine = openViews({ file });
    expect(() => openViews({ file, beside: true })).toThrow(expect.objectContaining({ code: 'rebuild-busy' }));
    expect(() => openViews({ file })).toThrow(expect.objectContaining({ code: 'views-busy' }));
    engine.close();
    rebuilding.close();
    openViews({ file }).close();
  });
});

describe('any log', () => {
  const seed = Number(process.env['LAPSE_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
  it(`rebuilt gives the rows of a fold from zero (seed ${seed})`, async () => {
    for (let i = 0; i < 10; i++) {
      const store = w.memoryStore({ nowMs: w.T0 });
      const log = new RandomLog(store, seeded(seed + i));
      for (let step = 0; step < 150; step++) await log.step();
      const file = await keptFile(store);
      for (let step = 0; step < 50; step++) await log.step();
      await rebuildFile(file, store, { parks: true });
      expect(look(file, dump)).toEqual(await rowsFromZero(store));
    }
  });
});

describe('one session folded again', () => {
  it('has its row put right, says what was wrong, and tells who watches it', async () => {
    const store = await plainLog(4);
    const file = await keptFile(store);
    spoil(
      file,
      "UPDATE sessions_g1 SET buyer_messages = 7, anchor_at_ms = 5 WHERE key = 1; UPDATE sessions_g1 SET held = 'x' WHERE key = 3",
    );
    const world = await w.openWorld({ file, store });
    await w.caughtUp(world);
    const told: string[] = [];
    world.projections.observe({ onSession: ({ id }) => told.push(id) });
    expect(await world.projections.foldAgain(w.sessionId(1))).toEqual({
      revision: 3,
      changed: ['anchor_at_ms', 'buyer_messages'],
    });
    expect(await world.projections.foldAgain(w.sessionId(3))).toMatchObject({ changed: ['held'] });
    expect(await world.projections.foldAgain(w.sessionId(2))).toEqual({ revision: 4, changed: [] });
    expect(await world.projections.foldAgain(w.sessionId(99))).toBeUndefined();
    expect(told).toEqual([1, 3, 2].map((number) => w.sessionId(number)));
    await world.projections.stop();
    expect(dump(world.views)).toEqual(await rowsFromZero(store));
    world.views.close();
  });
});
