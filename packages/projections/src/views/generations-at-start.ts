import type { Projector } from '../projector.js';
import { ReadModels, SESSIONS, SESSIONS_VERSION, type GenerationSet } from '../read-models.js';
import type { Log } from '../timer.js';
import { dropBuilding, type LogAtStart } from './building.js';
import type { Generation, Place, Views } from './views.js';

/** What can be gone on with, and what must be built anew beside it. */
export interface GenerationsAtStart {
  readonly live: GenerationSet;
  /** Of `live` behind the first. */
  readonly projectors: readonly Projector[];
  /** Shown as they are until they have been built anew. */
  readonly frozen: readonly { readonly projector: Projector; readonly generation: Generation }[];
  /** To be built anew; all of them where `sessions` is among them, and then nothing is folded until that is done. */
  readonly outdated: readonly string[];
}

/**
 * Finds the live rows of each read model. Rows that do not belong to this log at this place are dropped and begin at its
 * start. Rows that another version of a read model wrote, and rows that stand elsewhere than the sessions, go on being shown
 * and are named as outdated.
 */
export const generationsAtStart = (
  views: Views,
  projectors: readonly Projector[],
  log: LogAtStart,
  compare: (a: Place, b: Place) => number,
  tell: Log,
): GenerationsAtStart => {
  const all = views.inRole('live');
  const sessions = all.find(({ name }) => name === SESSIONS);
  const why = reasonToStartOver(all, sessions, log, compare);
  if (sessions === undefined || why !== undefined) return startOver(views, projectors, log, why, tell);
  if (sessions.version !== SESSIONS_VERSION) {
    const message = `sessions has version ${sessions.version}, this Lapse writes ${SESSIONS_VERSION}: it is built anew, the old rows serve until then`;
    tell({ level: 'warn', what: 'views-upgrade', message });
    return frozenWhole(sessions, all, projectors);
  }
  return sortedOut(sessions, all, projectors, tell);
};

/** The live rows as they stand after a swap. */
export const generationsNow = (views: Views, projectors: readonly Projector[]): GenerationsAtStart => {
  const all = views.inRole('live');
  return sortedOut(all.find(({ name }) => name === SESSIONS) as Generation, all, projectors, () => undefined);
};

const sortedOut = (
  sessions: Generation,
  all: readonly Generation[],
  projectors: readonly Projector[],
  tell: Log,
): GenerationsAtStart => {
  const live: Generation[] = [];
  const going: Projector[] = [];
  const frozen: GenerationsAtStart['frozen'][number][] = [];
  const outdated: string[] = [];
  for (const projector of projectors) {
    const generation = all.find(({ name }) => name === projector.name);
    const why = reasonToBuild(projector, generation, sessions);
    if (why === undefined) {
      going.push(projector);
      live.push(generation as Generation);
      continue;
    }
    tell({ level: 'warn', what: 'views-upgrade', message: `${why}: it is built anew beside the rest` });
    outdated.push(projector.name);
    if (generation !== undefined) frozen.push({ projector, generation });
  }
  return { live: [sessions, ...live], projectors: going, frozen, outdated };
};

const frozenWhole = (
  sessions: Generation,
  all: readonly Generation[],
  projectors: readonly Projector[],
): GenerationsAtStart => {
  const frozen = projectors.flatMap((projector) => {
    const generation = all.find(({ name }) => name === projector.name);
    return generation === undefined ? [] : [{ projector, generation }];
  });
  const outdated = [SESSIONS, ...projectors.map(({ name }) => name)];
  return { live: [sessions], projectors: [], frozen, outdated };
};

const startOver = (
  views: Views,
  projectors: readonly Projector[],
  log: LogAtStart,
  why: string | undefined,
  tell: Log,
): GenerationsAtStart => {
  if (why !== undefined)
    tell({ level: 'warn', what: 'views-start-over', message: `read models are built again: ${why}` });
  return views.transaction(() => {
    dropBuilding(views);
    for (const generation of views.generations()) views.drop(generation);
    const add = (name: string, version: number): Generation => {
      const added = views.add(name, version, log.identity, 'live');
      ReadModels.createTables(views, added);
      return added;
    };
    const live: GenerationSet = [
      add(SESSIONS, SESSIONS_VERSION),
      ...projectors.map(({ name, version }) => add(name, version)),
    ];
    return { live, projectors, frozen: [], outdated: [] };
  });
};

const reasonToStartOver = (
  all: readonly Generation[],
  sessions: Generation | undefined,
  log: LogAtStart,
  compare: (a: Place, b: Place) => number,
): string | undefined => {
  if (sessions === undefined) return all.length === 0 ? undefined : 'there is no sessions yet';
  for (const { name, store, position } of all) {
    if (store !== log.identity) return `${name} belongs to another log (${store}, not ${log.identity})`;
    if (compare(position, log.head) > 0) return `${name} stands beyond the end of the log, which has been replaced`;
  }
  return undefined;
};

const reasonToBuild = (
  { name, version }: Projector,
  generation: Generation | undefined,
  sessions: Generation,
): string | undefined => {
  if (generation === undefined) return `there is no ${name} yet`;
  if (generation.version !== version) return `${name} has version ${generation.version}, this Lapse writes ${version}`;
  if (generation.position !== sessions.position) return `${name} does not stand where the sessions do`;
  return undefined;
};
