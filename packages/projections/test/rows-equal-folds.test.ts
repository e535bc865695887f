import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import type { SessionState } from '@lapse/domain';
import { merchants, openViews, type Projections } from '../src/index.js';
import { dump, foldedFrom, merchantFoldedFrom } from './lib/dump.js';
import { RandomLog, seeded } from './lib/random-log.js';
import * as w from './lib/world.js';

afterAll(w.removeTempFolders);

const firstSeed = Number(process.env['LAPSE_SEED'] ?? 20);
const WORLDS = 12;
const STEPS = 400;

/** Leaves the engine as `kill -9` would: nothing more is written, nothing is told. */
const kill = (world: w.World): void => {
  world.projections.flush = () => undefined;
  const { models } = world.projections as unknown as { models: { pipeline: { flush(): void } } };
  models.pipeline.flush = () => undefined;
  world.views.close();
};

describe('after any log, restart and kill', () => {
  it.each(Array.from({ length: WORLDS }, (_, i) => firstSeed + i))(
    'all rows equal a fold from zero (seed %i)',
    async (seed) => {
      const random = seeded(seed);
      const clock = new w.ManualClock();
      const store = w.memoryStore(clock);
      const log = new RandomLog(store, random);
      const file = join(w.tempFolder(), 'views.db');
      const limits = { pageSizeMax: 1 + Math.floor(random() * 30), dirtyRowsMax: 1 + Math.floor(random() * 60) };
      let world = await w.openWorld({ store, clock, file, limits });
      for (let i = 0; i < STEPS; i++) {
        await log.step();
        const chance = random();
        if (chance < 0.1) clock.advance(random() * 300);
        if (chance < 0.05) await w.caughtUp(world);
        if (chance > 0.98) {
          if (random() < 0.5) await w.closeWorld(world);
          else kill(world);
          world = await w.openWorld({ store, clock, file, limits });
        }
      }
      await w.caughtUp(world);
      await rowsEqualStreams(world.projections, store, log.streams);
      await countsEqualStreams(world.projections, store, log.streams);
      await w.closeWorld(world);

      const fresh = await w.openWorld({ store, clock });
      await w.caughtUp(fresh);
      await fresh.projections.stop();
      const again = openViews({ file, readOnly: true });
      expect(dump(again)).toEqual(dump(fresh.views));
      again.close();
      fresh.views.close();
    },
  );
});

const rowsEqualStreams = async (
  projections: Projections,
  store: w.World['store'],
  streams: readonly string[],
): Promise<void> => {
  for (const stream of streams) {
    const name = w.names.read(stream);
    if (name.kind !== 'session') continue;
    expect(projections.session(name.id)?.state).toEqual(await foldedFrom(store, w.names, stream));
  }
};

/** What `merchants` counted on the way is what there is at the end. */
const countsEqualStreams = async (
  projections: Projections,
  store: w.World['store'],
  streams: readonly string[],
): Promise<void> => {
  const states = [];
  for (const stream of streams) {
    const name = w.names.read(stream);
    if (name.kind === 'session') states.push(await foldedFrom(store, w.names, stream));
    if (name.kind !== 'merchant') continue;
    const { parked, versions, revision } = await merchantFoldedFrom(store, w.names, stream);
    const row = projections.merchants.byId(name.id);
    expect(row).toMatchObject({
      revision,
      parkedWhy: parked?.why ?? null,
      currentVersion: versions.at(-1)?.version ?? 0,
    });
  }
  for (const merchantId of ['m0', 'm1', 'm2', 'm3', undefined]) {
    const own = states.filter(({ opened }) => merchantId === undefined || opened?.merchantId === merchantId);
    const row =
      merchantId === undefined
        ? projections.merchants.total()
        : (projections.merchants.byId(merchantId) ?? merchants.start(merchantId));
    const { opened, unpinned, parkedSessions, openByVersion, closedByReason } = row;
    expect({ opened, unpinned, parkedSessions, openByVersion, closedByReason }).toEqual(counted(own));
  }
};

const counted = (states: readonly SessionState[]): object => {
  const openByVersion: Record<string, number> = {};
  const closedByReason: Record<string, number> = {};
  const add = (counts: Record<string, number>, name: string): void => void (counts[name] = (counts[name] ?? 0) + 1);
  for (const { status, pin, close } of states) {
    if (status === 'open') add(openByVersion, String(pin?.version));
    else if (status === 'closed') add(closedByReason, String(close?.reason));
  }
  return {
    opened: states.filter(({ status }) => status !== 'missing').length,
    unpinned: states.filter(({ status }) => status === 'unpinned').length,
    parkedSessions: states.filter(({ parked }) => parked !== undefined).length,
    openByVersion,
    closedByReason,
  };
};
