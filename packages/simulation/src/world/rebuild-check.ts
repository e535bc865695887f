import { openProjections, openViews, type Projections, type Views } from '@lapse/projections';
import type { EventStore } from '@lapse/store';
import type { Failure } from './failure.js';
import type { Owner } from './owner.js';
import { names } from './simulated-engine.js';
import type { Stage } from './stage.js';

const REBUILD_MS = 60_000;

/** Every row of every read model, as text; where it stands in the log aside. */
export const rowsOf = (views: Views): ReadonlyMap<string, readonly string[]> => {
  const rows = new Map<string, readonly string[]>();
  for (const { name, generation, role } of views.generations()) {
    if (role !== 'live') continue;
    const table = `${name.replaceAll('-', '_')}_g${generation}`;
    const found = views.database.prepare(`SELECT * FROM ${table}`).all<(string | number | null | Uint8Array)[]>();
    rows.set(name, found.map((row) => JSON.stringify(row.map(plain))).sort());
  }
  const parked = views.database
    .prepare(
      "SELECT name, stream, revision, parked.position, why FROM parked JOIN generations USING (name, generation) WHERE role = 'live'",
    )
    .all<(string | number)[]>();
  return rows.set('parked', parked.map((row) => JSON.stringify(row)).sort());
};

const plain = (value: string | number | null | Uint8Array): unknown =>
  value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value;

export const differences = (
  live: ReadonlyMap<string, readonly string[]>,
  rebuilt: ReadonlyMap<string, readonly string[]>,
  number: number,
): readonly Failure[] =>
  [...rebuilt].flatMap(([name, rows]): readonly Failure[] => {
    const own = live.get(name) ?? [];
    const at = rows.findIndex((row, i) => own[i] !== row);
    if (at < 0 && own.length === rows.length) return [];
    const what = `${name} of engine ${number}: ${String(own[at])}, folded from zero ${String(rows[at])}`;
    return [{ promise: 'rows-like-fold', stream: '', what }];
  });

/**
 * Folds the log from zero into a file of its own, over a store that only counts what anybody tries to write, and holds every
 * row of every running engine against it.
 */
export const rebuildFailures = async (stage: Stage): Promise<readonly Failure[]> => {
  const { disk, scheduler, plan, engines } = stage;
  const owner: Owner = { name: 'rebuild', alive: true };
  let written = 0;
  const store = new Proxy(disk, {
    get: (target, name: keyof EventStore) => {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== 'function') return value;
      if (name !== 'append') return value.bind(target) as unknown;
      return () => Promise.reject(new Error(`a rebuild has appended ${++written} times`));
    },
  });
  const views = openViews({ file: ':memory:' });
  try {
    const projections: Projections = await openProjections({
      views,
      store,
      names,
      nowMs: () => scheduler.nowMs,
      setTimer: (delayMs, run) => scheduler.after(delayMs, owner, run),
      random: () => 0.5,
      limits: { pageSizeMax: 7 + (plan.seed % 50) },
    });
    projections.start();
    await scheduler.runUntil(scheduler.nowMs + REBUILD_MS);
    projections.flush();
    const rebuilt = rowsOf(views);
    const stopped = projections.stop();
    await scheduler.runUntil(scheduler.nowMs + 1);
    await stopped;
    const emitted: Failure = { promise: 'rebuild-silent', stream: '', what: `it tried to write ${written} times` };
    const differing = engines.flatMap(({ running, number, viewsFile }) => {
      if (running === undefined || viewsFile === undefined) return [];
      running.projections.flush();
      return differences(rowsOf(viewsFile), rebuilt, number);
    });
    return written > 0 ? [emitted, ...differing] : differing;
  } finally {
    owner.alive = false;
    views.close();
  }
};
