import type { StreamNames } from '@lapse/domain';
import type { EventStore } from '@lapse/store';
import type { Projector } from '../projector.js';
import type { Log } from '../timer.js';
import { beginOrResume, promote } from '../views/building.js';
import type { RebuildRecord } from '../views/rebuild-record.js';
import type { Place, Views } from '../views/views.js';
import { Builder, FAST } from './builder.js';
import { namesToBuild } from './names-to-build.js';

export interface BuildPastOptions {
  /** A file of its own. */
  readonly views: Views;
  readonly store: EventStore;
  readonly names: StreamNames;
  readonly projectors: readonly Projector[];
  readonly to: Place;
  readonly parks: boolean;
  readonly nowMs: () => number;
  readonly signal: AbortSignal;
  readonly log?: Log;
  readonly onProgress?: (record: RebuildRecord, position: Place) => void;
}

/**
 * Every read model as it was when the log ended at `to`. Resolves with undefined when the signal ends it; the next run goes
 * on. Rejects as {@link rebuild} does.
 */
export const buildPast = async (options: BuildPastOptions): Promise<RebuildRecord | undefined> => {
  const { views, store, names, projectors, to, parks, nowMs, signal, onProgress, log = () => undefined } = options;
  const building = beginOrResume(views, {
    names: namesToBuild(projectors),
    projectors,
    why: 'asked',
    parks,
    fromZero: false,
    log: { identity: await store.identity(), head: to },
    compare: (a, b) => store.comparePositions(a, b),
    nowMs: nowMs(),
  });
  const pause = (): Promise<void> => Promise.resolve();
  const builder = views.reading(
    () => new Builder({ views, store, names, building, limits: FAST, nowMs, pause, log, onProgress }),
  );
  builder.note({ parks });
  try {
    if (!(await builder.advance(() => to, signal))) return undefined;
  } finally {
    await builder.close();
  }
  builder.complete();
  promote(views, { ...building, record: builder.record });
  return builder.record;
};
