import type { StreamNames } from '@lapse/domain';
import type { EventStore } from '@lapse/store';
import { ViewsError } from '../errors.js';
import type { Projector } from '../projector.js';
import { SESSIONS, SESSIONS_VERSION } from '../read-models.js';
import type { Log } from '../timer.js';
import { beginOrResume } from '../views/building.js';
import type { RebuildRecord } from '../views/rebuild-record.js';
import type { Generation, Place, Views } from '../views/views.js';
import { Builder, FAST } from './builder.js';
import { compareRows, type RowDifference } from './compare-rows.js';
import { namesToBuild } from './names-to-build.js';

export interface VerifyOptions {
  /** Opened read-only: an engine may go on writing. */
  readonly live: Views;
  /** An empty file of its own, for the rows that are built to compare with. */
  readonly scratch: Views;
  readonly store: EventStore;
  readonly names: StreamNames;
  readonly projectors: readonly Projector[];
  readonly only?: readonly string[];
  readonly nowMs: () => number;
  readonly signal: AbortSignal;
  readonly log?: Log;
  readonly onProgress?: (record: RebuildRecord, position: Place) => void;
  readonly onDifference: (difference: RowDifference) => void;
}

export interface Verified {
  /** The place at which both were compared. */
  readonly position: Place;
  readonly compared: readonly {
    readonly name: string;
    readonly rows: number;
    readonly differences: number;
  }[];
  /** Not compared: of another version, or not there. */
  readonly skipped: readonly string[];
}

/**
 * Folds the log into rows of its own up to where the live ones stand, and compares the two row by row. Bad streams are parked
 * in both, and compared too. Resolves with undefined when the signal ends it. Rejects with `no-read-models`,
 * `no-such-projection`, other `ViewsError`s and `StoreError`s.
 */
export const verifyRows = async (options: VerifyOptions): Promise<Verified | undefined> => {
  const { live, store, projectors, only } = options;
  const wanted = namesToBuild(projectors, only);
  const identity = await store.identity();
  const before = standing(live, projectors, identity);
  const builder = startBuilder(options, identity, before.position);
  try {
    return await buildAndCompare(options, wanted, before, builder, identity);
  } finally {
    await builder.close();
  }
};

const buildAndCompare = async (
  options: VerifyOptions,
  wanted: readonly string[],
  before: Standing,
  builder: Builder,
  identity: string,
): Promise<Verified | undefined> => {
  const { live, projectors, signal } = options;
  if (!(await builder.advance(() => before.position, signal))) return undefined;
  // From here on the live rows are seen as they stand now, whatever an engine writes meanwhile.
  live.reading(() => live.database.exec('BEGIN'));
  try {
    const now = standing(live, projectors, identity);
    if (!(await builder.advance(() => now.position, signal))) return undefined;
    return compareAll(options, wanted, now, builder);
  } finally {
    live.reading(() => live.database.exec('COMMIT'));
  }
};

interface Standing {
  readonly position: Place;
  readonly generations: readonly Generation[];
}

/** The live rows that stand where the sessions do and are of the versions that this Lapse writes. */
const standing = (live: Views, projectors: readonly Projector[], identity: string): Standing => {
  const all = live.inRole('live');
  const sessions = all.find(({ name }) => name === SESSIONS);
  if (sessions?.store !== identity || sessions.version !== SESSIONS_VERSION) {
    throw new ViewsError('no-read-models', `${live.file} holds no rows of this log by this version to compare with`);
  }
  const versionOf = (name: string): number | undefined =>
    name === SESSIONS ? SESSIONS_VERSION : projectors.find((projector) => projector.name === name)?.version;
  const generations = all.filter(
    ({ name, version, position }) => version === versionOf(name) && position === sessions.position,
  );
  return { position: sessions.position, generations };
};

const startBuilder = (options: VerifyOptions, identity: string, head: Place): Builder => {
  const { scratch, store, names, projectors, nowMs, onProgress, log = () => undefined } = options;
  const building = beginOrResume(scratch, {
    names: namesToBuild(projectors),
    projectors,
    why: 'asked',
    parks: true,
    fromZero: true,
    log: { identity, head },
    compare: (a, b) => store.comparePositions(a, b),
    nowMs: nowMs(),
  });
  const pause = (): Promise<void> => Promise.resolve();
  const shared = { views: scratch, store, names, building, limits: FAST, nowMs, pause, log };
  return scratch.reading(() => new Builder({ ...shared, onProgress }));
};

const compareAll = (
  { live, scratch, names, onDifference }: VerifyOptions,
  wanted: readonly string[],
  now: Standing,
  builder: Builder,
): Verified => {
  const compared = now.generations
    .filter(({ name }) => wanted.includes(name))
    .map((generation) => {
      const built = builder.models.generations.find(({ name }) => name === generation.name) as Generation;
      const sides = [
        { views: live, generation },
        { views: scratch, generation: built },
      ] as const;
      return { name: generation.name, ...compareRows(names, sides[0], sides[1], onDifference) };
    });
  const skipped = wanted.filter((name) => !compared.some((one) => one.name === name));
  return { position: now.position, compared, skipped };
};
