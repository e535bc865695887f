import type { KeyedRows } from '../keyed/keyed-rows.js';
import type { Views } from '../views/views.js';
import { ALL_MERCHANTS } from '../merchants/projector.js';
import { activityKey, HOUR_MS, hourOf, hourOfKey } from './hour-keys.js';
import { activity } from './projector.js';
import type { ActivityRow } from './row.js';

export interface ListActivity {
  /** Left out: over all merchants. */
  readonly merchantId?: string | undefined;
  /** Hours that begin in the hour of this instant or later … */
  readonly fromMs?: number | undefined;
  /** … and before this one. */
  readonly toMs?: number | undefined;
  /** `next` of the page before. */
  readonly after?: number | undefined;
  /** 1 to 1 000. */
  readonly limit: number;
}

export interface ActivityHour extends Readonly<ActivityRow> {
  readonly startsAtMs: number;
}

/** Newest first. Hours in which nothing happened have no entry. */
export interface ActivityPage {
  readonly hours: readonly ActivityHour[];
  /** For the page behind this one; undefined at the end. */
  readonly next: number | undefined;
}

const ACTIVITY_LIMIT_MAX = 1_000;
/** No hour that a key can spell lies behind it: 9999-12-31T23. */
const LAST_HOUR = hourOf(253_402_300_799_999);

/** What `activity` says. */
export const listActivity = (views: Views, keyed: readonly KeyedRows[], query: ListActivity): ActivityPage => {
  const rows = keyed.find(({ projector }) => projector.name === activity.name);
  if (rows === undefined) return { hours: [], next: undefined };
  const limit = Math.min(Math.max(Math.trunc(query.limit), 1), ACTIVITY_LIMIT_MAX);
  const { merchantId = ALL_MERCHANTS, fromMs = 0, toMs, after } = query;
  // An hour that has begun before `to` belongs to it.
  const endHour = toMs === undefined ? LAST_HOUR + 1 : Math.ceil(toMs / HOUR_MS);
  const lastHour = Math.min(endHour, after === undefined ? LAST_HOUR + 1 : hourOf(after)) - 1;
  const sql = `SELECT key, row FROM ${rows.table} WHERE key BETWEEN ? AND ? ORDER BY key DESC LIMIT ${limit}`;
  const range = [activityKey(merchantId, hourOf(fromMs)), activityKey(merchantId, Math.max(lastHour, 0))] as const;
  if (lastHour < hourOf(fromMs)) return { hours: [], next: undefined };
  const found = views.reading(() => views.database.prepare(sql).all<[string, string]>(...range));
  const hours = found.map(([key, row]) => {
    return { startsAtMs: hourOfKey(key) * HOUR_MS, ...(JSON.parse(row) as ActivityRow) };
  });
  return { hours, next: hours.length === limit ? hours.at(-1)?.startsAtMs : undefined };
};
