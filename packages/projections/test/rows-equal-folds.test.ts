import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { openViews, type Projections } from '../src/index.js';
import { dump, foldedFrom } from './lib/dump.js';
import { RandomLog, seeded } from './lib/random-log.js';
import * as w from './lib/world.js';

afterAll(w.removeTempFolders);

const firstSeed = Number(process.env['LAPSE_SEED'] ?? 20);
const WORLDS = 12;
const STEPS = 400;

/** Leaves the engine as `kill -9` would: nothing more is written, nothing is told. */
const kill = (world: w.World): void => {
  world.projections.flush = () => undefined;
  (world.projections as unknown as { pipeline: { flush(): void } }).pipeline.flush = () => undefined;
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
    expect(projections.session(name.id)?.state).toEqual(await foldedFrom(store, stream));
  }
};
