import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { streamNames } from '@lapse/domain';
import {
  buildPast,
  builtInProjectors,
  estimateRebuild,
  followedPrefixes,
  openViews,
  placeAt,
  verifyRows,
  type Place,
  type RowDifference,
  type Verified,
} from '../src/index.js';
import { dump } from './lib/dump.js';
import { RandomLog, seeded } from './lib/random-log.js';
import { liveWorld, rowsFromZero } from './lib/rebuilding.js';
import * as w from './lib/world.js';

afterAll(w.removeTempFolders);

const newFile = (): string => join(w.tempFolder(), 'views.db');
const signal = new AbortController().signal;
const shared = { names: w.names, projectors: builtInProjectors, nowMs: Date.now, signal };
const placeNumber = (place: Place): number => (place === 'start' ? 0 : Number(place));
const prefixes = followedPrefixes(streamNames());

const log = async (steps = 300, seed = 7): Promise<{ store: w.World['store']; clock: { nowMs: number } }> => {
  const clock = { nowMs: w.T0 };
  const store = w.memoryStore(clock);
  const random = new RandomLog(store, seeded(seed));
  for (let i = 0; i < steps; i++) {
    clock.nowMs += 1_000;
    await random.step();
  }
  return { store, clock };
};

const verify = async (file: string, store: w.World['store']): Promise<[Verified | undefined, RowDifference[]]> => {
  const live = openViews({ file, readOnly: true });
  const scratch = openViews({ file: newFile() });
  const differences: RowDifference[] = [];
  const verified = await verifyRows({
    ...shared,
    live,
    scratch,
    store,
    onDifference: (difference) => differences.push(difference),
  });
  live.close();
  scratch.close();
  return [verified, differences];
};

describe('verifying', () => {
  it('finds nothing where every row is what the log says, also beside an engine that writes', async () => {
    const { store } = await log();
    const file = newFile();
    const world = await liveWorld({ file, store });
    await w.caughtUp(world);
    world.projections.flush();
    const random = new RandomLog(store, seeded(8));
    const [[verified, differences]] = await Promise.all([
      verify(file, store),
      (async () => {
        for (let i = 0; i < 50; i++) await random.step();
      })(),
    ]);
    expect(differences).toEqual([]);
    expect(verified?.compared.map(({ name }) => name).sort()).toEqual(
      ['sessions', ...builtInProjectors.map(({ name }) => name)].sort(),
    );
    expect(verified?.compared.find(({ name }) => name === 'sessions')?.rows).toBeGreaterThan(10);
    await w.closeWorld(world);
  });

  it('names each field of each row that differs, with its stream', async () => {
    const { store } = await log();
    const file = newFile();
    const world = await w.openWorld({ file, store });
    await w.caughtUp(world);
    await w.closeWorld(world);
    const views = openViews({ file });
    const [key, id] = views.database
      .prepare('SELECT key, id FROM sessions_g1 ORDER BY key LIMIT 1')
      .get<[number, string]>() as [number, string];
    views.database.exec(`UPDATE sessions_g1 SET buyer_messages = buyer_messages + 5 WHERE key = ${key}`);
    views.database.exec('DELETE FROM sessions_g1 WHERE key = (SELECT max(key) FROM sessions_g1)');
    views.database.exec("UPDATE merchants_g1 SET row = json_set(row, '$.opened', 999) WHERE key = 'm1'");
    views.database.exec("DELETE FROM parked WHERE stream = 'session-not-a-ulid'");
    views.close();
    const [verified, differences] = await verify(file, store);
    expect(differences).toContainEqual(
      expect.objectContaining({
        projection: 'sessions',
        key: id,
        stream: w.names.session(id),
        field: 'buyer_messages',
      }),
    );
    expect(differences).toContainEqual(
      expect.objectContaining({ projection: 'sessions', field: '(row)', live: undefined }),
    );
    expect(differences).toContainEqual(
      expect.objectContaining({ projection: 'merchants', key: 'm1', field: 'opened', live: 999 }),
    );
    expect(differences).toContainEqual(
      expect.objectContaining({ stream: 'session-not-a-ulid', field: '(parked)', live: undefined }),
    );
    expect(verified?.compared.reduce((sum, one) => sum + one.differences, 0)).toBe(differences.length);
  });

  it('needs live rows of this log', async () => {
    const { store } = await log(20);
    const file = newFile();
    openViews({ file }).close();
    await expect(verify(file, store)).rejects.toMatchObject({ code: 'no-read-models' });
  });
});

describe('a view of the past', () => {
  it('is what the rows were when the log ended there', async () => {
    const { store, clock } = await log(200);
    const to = await store.headPosition();
    const then = await rowsFromZero(store);
    const atMs = clock.nowMs;
    const random = new RandomLog(store, seeded(9));
    for (let i = 0; i < 100; i++) {
      clock.nowMs += 1_000;
      await random.step();
    }
    for (const until of [{ position: to }, { atMs }]) {
      const views = openViews({ file: newFile() });
      const place = await placeAt(store, prefixes, until, signal);
      const record = await buildPast({ ...shared, views, store, to: place, parks: true });
      expect(record?.events).toBeGreaterThan(0);
      expect(dump(views)).toEqual(then);
      views.close();
    }
  });

  it('cannot lie beyond the end of the log, nor before its beginning, nor anywhere that is no place', async () => {
    const { store } = await log(20);
    const at = (until: Parameters<typeof placeAt>[2]): Promise<Place> => placeAt(store, prefixes, until, signal);
    await expect(at({ position: '999999' as Place })).rejects.toMatchObject({ code: 'beyond-head' });
    await expect(at({ atMs: w.T0 - 1 })).rejects.toMatchObject({ code: 'before-first-event' });
    await expect(at({ position: 'soon' as Place })).rejects.toMatchObject({ code: 'bad-position' });
    expect(await at({ atMs: w.T0 + 1e12 })).toBe(await store.headPosition());
  });
});

describe('an estimate', () => {
  it('says what would be done, how much of the log it reads and how fast that goes here', async () => {
    const { store } = await log();
    let nowMs = 0;
    const estimate = await estimateRebuild({
      ...shared,
      views: undefined,
      store,
      placeNumber,
      nowMs: () => (nowMs += 100),
    });
    expect(estimate).toMatchObject({ from: 'start', to: await store.headPosition(), isResumed: false });
    expect(estimate.names[0]).toBe('sessions');
    expect(estimate.sampledEvents).toBeGreaterThan(100);
    expect(estimate.seconds).toBeGreaterThan(0);
  });

  it('of an empty log is nothing', async () => {
    const store = w.memoryStore({ nowMs: w.T0 });
    const estimate = await estimateRebuild({ ...shared, views: undefined, store, placeNumber });
    expect(estimate).toMatchObject({ from: 'start', to: 'start', sampledEvents: 0, seconds: undefined });
  });
});
