import type { RebuildStatus } from '../runner/status.js';
import { tryLock } from '../views/lock.js';
import { readRebuildRecord, type RebuildRecord } from '../views/rebuild-record.js';
import { IN_MEMORY, type Place, type Views } from '../views/views.js';

/** How far the rebuild of this file is; undefined where none has begun. Asks the file, so any process may look. */
export const rebuildStatus = (
  views: Views,
  placeNumber: ((place: Place) => number) | undefined,
  nowMs: number,
): RebuildStatus | undefined => {
  const record = readRebuildRecord(views);
  if (record === undefined) return undefined;
  const { names, why, target, events, parked, startedAtMs, updatedAtMs, error } = record;
  const position = views.inRole('building')[0]?.position ?? 'start';
  const state = record.state === 'building' && !isWorkedOn(views) ? 'interrupted' : record.state;
  const pace = paceOf(record, position, placeNumber);
  const shared = { names, why, state, position, target, events, parked, startedAtMs, updatedAtMs, error } as const;
  if (state !== 'building') return { ...shared, ...pace, etaSeconds: undefined };
  const sinceSeconds = Math.max(0, nowMs - updatedAtMs) / 1000;
  return { ...shared, ...pace, etaSeconds: pace.etaSeconds && Math.max(0, pace.etaSeconds - sinceSeconds) };
};

export type Pace = Pick<RebuildStatus, 'share' | 'eventsPerSecond' | 'etaSeconds'>;

/** From what is behind it to what lies before it. */
export const paceOf = (
  { events, workedMs, target }: Pick<RebuildRecord, 'events' | 'workedMs' | 'target'>,
  position: Place,
  placeNumber: ((place: Place) => number) | undefined,
): Pace => {
  const share = placeNumber === undefined ? undefined : shareOf(placeNumber(position), placeNumber(target));
  const eventsPerSecond = workedMs > 0 ? (events * 1000) / workedMs : undefined;
  const isKnown = share !== undefined && share > 0 && workedMs > 0;
  return { share, eventsPerSecond, etaSeconds: isKnown ? (workedMs * (1 / share - 1)) / 1000 : undefined };
};

const shareOf = (done: number, all: number): number => (all <= 0 ? 1 : Math.min(1, done / all));

/** A rebuild holds its lock for as long as it lives. */
const isWorkedOn = (views: Views): boolean => {
  if (views.file === IN_MEMORY) return true;
  const free = tryLock(views.file, 'rebuild');
  free?.release();
  return free === undefined;
};
