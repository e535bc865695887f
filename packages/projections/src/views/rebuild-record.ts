import { DirectWrites, type RowWrites } from './row-writes.js';
import type { Place, Views } from './views.js';

/** The rebuild that has begun and is not over; `events` and `workedMs` count over all its runs. */
export interface RebuildRecord {
  /** The read models that will be swapped. */
  readonly names: readonly string[];
  /** By an operator, or because a read model's version changed. */
  readonly why: 'asked' | 'upgrade';
  /** `ready`: built and caught up; the engine that keeps the file takes it over. */
  readonly state: 'building' | 'ready';
  readonly parks: boolean;
  readonly startedAtMs: number;
  readonly updatedAtMs: number;
  /** Where the log stood when it was last asked. */
  readonly target: Place;
  readonly events: number;
  readonly workedMs: number;
  readonly parked: number;
  /** Why it last stopped. */
  readonly error: string | undefined;
}

const COLUMNS =
  'names, why, state, parks, started_at_ms, updated_at_ms, target, events, worked_ms, parked, error' as const;
type Row = [
  names: string,
  why: string,
  state: string,
  parks: number,
  startedAtMs: number,
  updatedAtMs: number,
  target: string,
  events: number,
  workedMs: number,
  parked: number,
  error: string | null,
];

const WRITE = `INSERT OR REPLACE INTO rebuild (only_one, ${COLUMNS}) VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;

export const readRebuildRecord = (views: Views): RebuildRecord | undefined => {
  const row = views.reading(() => views.database.prepare(`SELECT ${COLUMNS} FROM rebuild`).get<Row>());
  if (row === undefined) return undefined;
  const [names, why, state, parks, startedAtMs, updatedAtMs, target, events, workedMs, parked, error] = row;
  return {
    names: JSON.parse(names) as string[],
    why: why as RebuildRecord['why'],
    state: state as RebuildRecord['state'],
    parks: parks === 1,
    startedAtMs,
    updatedAtMs,
    target: target as Place,
    events,
    workedMs,
    parked,
    error: error ?? undefined,
  };
};

/** In the transaction of `writes`. */
export const writeRebuildRecord = (writes: RowWrites, record: RebuildRecord): void => {
  const { names, why, state, parks, startedAtMs, updatedAtMs, target, events, workedMs, parked, error } = record;
  const values = [why, state, parks ? 1 : 0, startedAtMs, updatedAtMs, target, events, workedMs, parked];
  writes.run(WRITE, [JSON.stringify(names), ...values, error ?? null]);
};

/** In a transaction of its own. */
export const noteRebuild = (views: Views, record: RebuildRecord): void =>
  views.transaction(() => writeRebuildRecord(new DirectWrites(views.database), record));

/** Inside a transaction. */
export const forgetRebuildRecord = (views: Views): void => views.database.exec('DELETE FROM rebuild');
