import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { engineConfig, openEngine, type Engine } from '@lapse/engine';
import { newWorld, seededRandom, T0, type World } from './world.js';

export interface EngineWorld extends World {
  readonly engine: Engine;
}

/** A server over a whole engine on real files in a folder of its own; only the clock stands. */
export const newEngineWorld = async (atLeastMs = 30_000): Promise<EngineWorld> => {
  const folder = mkdtempSync(join(tmpdir(), 'lapse-server-'));
  const clock = { nowMs: T0 };
  const engine = await openEngine({
    config: engineConfig.parse({ dataDir: folder }),
    nowMs: () => clock.nowMs,
    random: seededRandom(2),
    setTimer: (delayMs, run) => {
      const timer = setTimeout(run, delayMs);
      return () => clearTimeout(timer);
    },
    sweeps: false,
  });
  const world = await newWorld({
    clock,
    store: engine.store,
    commands: () => engine.commands,
    server: {
      views: engine.projections,
      timeouts: engine.timeouts,
      ready: () => engine.readiness(),
      limits: { atLeastMs },
    },
  });
  return {
    ...world,
    engine,
    close: async () => {
      await world.server.close();
      await engine.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};
