import type { Log } from '../timer.js';
import type { Generation, Place, Views } from './views.js';

export interface WantedProjection {
  readonly name: string;
  readonly version: number;
}

/** The log that the rows must belong to. */
export interface LogAtStart {
  readonly identity: string;
  readonly head: Place;
}

/**
 * The live generation of each wanted read model, all at one position; `sessions` first. Rows that do not belong to this log
 * at this place are dropped and begin at the start of the log.
 */
export const readyGenerations = (
  views: Views,
  wanted: readonly WantedProjection[],
  log: LogAtStart,
  compare: (a: Place, b: Place) => number,
  tell: Log,
  create: (added: Generation) => void,
): readonly [Generation, ...Generation[]] => {
  const live = wanted.map(({ name }) => views.live(name));
  const why = wanted.map((projection, i) => reasonToStartOver(projection, live[i], log, compare));
  const positions = new Set(live.map((generation) => generation?.position));
  const isOutOfStep = positions.size > 1;
  const isFresh = live.every((generation) => generation === undefined);
  const reason = why.find((one) => one !== undefined) ?? (isOutOfStep ? 'they stand at different places' : undefined);
  if (reason === undefined) return live as [Generation, ...Generation[]];
  if (!isFresh) tell({ level: 'warn', what: 'views-start-over', message: `read models are built again: ${reason}` });
  return views.transaction(() => {
    for (const generation of live) if (generation !== undefined) views.drop(generation);
    const added = wanted.map(({ name, version }) => views.add(name, version, log.identity, 'live'));
    added.forEach(create);
    return added as [Generation, ...Generation[]];
  });
};

const reasonToStartOver = (
  { name, version }: WantedProjection,
  live: Generation | undefined,
  log: LogAtStart,
  compare: (a: Place, b: Place) => number,
): string | undefined => {
  if (live === undefined) return `there is no ${name} yet`;
  if (live.store !== log.identity) return `${name} belongs to another log (${live.store}, not ${log.identity})`;
  if (live.version !== version) return `${name} has version ${live.version}, this Lapse writes ${version}`;
  if (compare(live.position, log.head) > 0) return `${name} stands beyond the end of the log, which has been replaced`;
  return undefined;
};
