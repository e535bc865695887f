import type { Projector } from '../projector.js';
import { ReadModels, SESSIONS, SESSIONS_VERSION, type GenerationSet } from '../read-models.js';
import { SessionTable } from '../sessions/table.js';
import { forgetRebuildRecord, readRebuildRecord, writeRebuildRecord, type RebuildRecord } from './rebuild-record.js';
import { DirectWrites } from './row-writes.js';
import type { Generation, Place, Views } from './views.js';

/** The log that rows must belong to. */
export interface LogAtStart {
  readonly identity: string;
  readonly head: Place;
}

export interface BuildingOptions {
  /** What is to be swapped; the sessions are folded in any case, because every read model is folded from their states. */
  readonly names: readonly string[];
  readonly projectors: readonly Projector[];
  readonly why: RebuildRecord['why'];
  readonly parks: boolean;
  readonly fromZero: boolean;
  readonly log: LogAtStart;
  readonly compare: (a: Place, b: Place) => number;
  readonly nowMs: number;
}

/** The rows that are being built, and the record of how that goes. */
export interface Building {
  readonly generations: GenerationSet;
  readonly projectors: readonly Projector[];
  readonly record: RebuildRecord;
  readonly isResumed: boolean;
}

/** What an earlier run left, where it fits; otherwise new, empty rows. What a swap has left over goes. */
export const beginOrResume = (views: Views, options: BuildingOptions): Building => {
  const found = options.fromZero ? undefined : findBuilding(views, options);
  if (found !== undefined) return found;
  const { names, projectors, why, parks, log, nowMs } = options;
  const wanted = projectors.filter(({ name }) => names.includes(name));
  const record: RebuildRecord = {
    names,
    why,
    state: 'building',
    parks,
    startedAtMs: nowMs,
    updatedAtMs: nowMs,
    target: log.head,
    events: 0,
    workedMs: 0,
    parked: 0,
    error: undefined,
  };
  return views.transaction(() => {
    dropBuilding(views);
    dropOld(views);
    const add = (name: string, version: number): Generation => views.add(name, version, log.identity, 'building');
    const generations: GenerationSet = [
      add(SESSIONS, SESSIONS_VERSION),
      ...wanted.map(({ name, version }) => add(name, version)),
    ];
    SessionTable.createToFill(views, generations[0]);
    for (const generation of generations.slice(1)) ReadModels.createTables(views, generation);
    writeRebuildRecord(new DirectWrites(views.database), record);
    return { generations, projectors: wanted, record, isResumed: false };
  });
};

/** What is being built for the same names from the same log by the same versions; undefined where it does not fit. */
export const findBuilding = (
  views: Views,
  { names, projectors, log, compare }: Pick<BuildingOptions, 'names' | 'projectors' | 'log' | 'compare'>,
): Building | undefined => {
  const record = readRebuildRecord(views);
  if (record === undefined || !isSameSet(record.names, names)) return undefined;
  const building = views.inRole('building');
  const wanted = projectors.filter(({ name }) => names.includes(name));
  const described = [{ name: SESSIONS, version: SESSIONS_VERSION }, ...wanted];
  const generations = described.map(({ name, version }) =>
    building.find((one) => one.name === name && one.version === version && one.store === log.identity),
  );
  const [sessions] = generations;
  if (sessions === undefined || compare(sessions.position, log.head) > 0) return undefined;
  if (generations.some((one) => one?.position !== sessions.position)) return undefined;
  return { generations: generations as unknown as GenerationSet, projectors: wanted, record, isResumed: true };
};

const isSameSet = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((name) => b.includes(name));

/** Forgets a rebuild that has begun. Inside a transaction. */
export const dropBuilding = (views: Views): void => {
  for (const generation of views.inRole('building')) views.drop(generation);
  forgetRebuildRecord(views);
};

/** Rows that a swap has replaced. Inside a transaction. */
export const dropOld = (views: Views): readonly Generation[] => {
  const old = views.inRole('old');
  for (const generation of old) views.drop(generation);
  return old;
};

/** Makes the built rows the live ones, and the live ones old: one transaction, all of it or none. */
export const promote = (views: Views, { generations, record }: Pick<Building, 'generations' | 'record'>): void =>
  views.transaction(() => {
    const live = views.inRole('live');
    for (const built of generations) {
      if (!record.names.includes(built.name)) {
        views.drop(built);
        continue;
      }
      const replaced = live.find(({ name }) => name === built.name);
      if (replaced !== undefined) views.setRole(replaced, 'old');
      views.setRole(built, 'live');
    }
    forgetRebuildRecord(views);
  });
