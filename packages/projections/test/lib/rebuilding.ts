import { expect } from '@jest/globals';
import { openProjections, openViews, rebuild, builtInProjectors, type RebuildOutcome } from '../../src/index.js';
import type { RebuildOptions, Views } from '../../src/index.js';
import { dump } from './dump.js';
import * as w from './world.js';

const realTimer = (delayMs: number, run: () => void): (() => void) => {
  const timer = setTimeout(run, delayMs);
  return () => clearTimeout(timer);
};

/** Like another process: a connection of its own to the same file. */
export const rebuildFile = async (
  file: string,
  store: w.World['store'],
  more: Partial<RebuildOptions> = {},
): Promise<RebuildOutcome> => {
  const views = openViews({ file, beside: true });
  try {
    return await rebuildIn(views, store, more);
  } finally {
    views.close();
  }
};

export const rebuildIn = (
  views: Views,
  store: w.World['store'],
  more: Partial<RebuildOptions> = {},
): Promise<RebuildOutcome> =>
  rebuild({
    views,
    store,
    names: w.names,
    projectors: builtInProjectors,
    nowMs: Date.now,
    setTimer: realTimer,
    signal: new AbortController().signal,
    ...more,
  });

/** A world whose engine runs on this machine's clock, as it must beside a rebuild. */
export const liveWorld = (given: Parameters<typeof w.openWorld>[0] = {}): Promise<w.World> =>
  w.openWorld({ setTimer: realTimer, nowMs: Date.now, limits: { headIntervalMs: 20, flushDelayMs: 5 }, ...given });

/** Every row of a log, folded from its start into a new file. */
export const rowsFromZero = async (store: w.World['store']): Promise<Record<string, readonly unknown[]>> => {
  const views = openViews({ file: ':memory:' });
  const projections = await openProjections({
    views,
    store,
    names: w.names,
    nowMs: Date.now,
    setTimer: realTimer,
    random: () => 0.5,
  });
  projections.start();
  await w.caughtUp({ store, projections });
  await projections.stop();
  const rows = dump(views);
  views.close();
  return rows;
};

/** The names of the live rows, `merchants@2`. */
export const liveNames = (views: Views): readonly string[] =>
  views.inRole('live').map(({ name, generation }) => `${name}@${generation}`);

export const eventually = async (isSo: () => boolean): Promise<void> => {
  for (let i = 0; i < 1_000 && !isSo(); i++) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(isSo()).toBe(true);
};
