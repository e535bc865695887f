import { deadlineOf, type StreamNames } from '@lapse/domain';
import type { SqliteInput } from '@lapse/sqlite';
import { tableOf, type GenerationId, type Views } from '../views/views.js';
import { DUE_LATCHED, type SessionValues } from './columns.js';
import type { SessionHandle } from './entry.js';
import { stateFrom } from './from-row.js';
import { SESSION_COLUMN_NAMES } from './table.js';

/** What a list shows. `lapsed`: the deadline has passed, the close is not yet recorded (D20). */
export type ListedState = 'open' | 'lapsed' | 'closed' | 'parked';

export interface ListSessions {
  readonly merchantId?: string | undefined;
  readonly state?: ListedState | undefined;
  readonly closeReason?: string | undefined;
  readonly buyerId?: string | undefined;
  readonly externalId?: string | undefined;
  /** What counts as lapsed. */
  readonly nowMs: number;
  /** `next` of the page before; left out: the newest. */
  readonly after?: number | undefined;
  /** 1 to {@link LIST_LIMIT_MAX}. */
  readonly limit: number;
}

/** Newest first, in the order in which the log first named them. */
export interface SessionPage {
  readonly sessions: readonly SessionHandle[];
  /** For the page behind this one; undefined at the end. A page may hold fewer than `limit` and still have a next. */
  readonly next: number | undefined;
}

export interface ListQueue {
  readonly merchantId?: string | undefined;
  readonly queueId?: string | undefined;
  /** Whoever has lapsed by now no longer waits. */
  readonly nowMs: number;
  readonly after?: QueueCursor | undefined;
  readonly limit: number;
}

export interface QueueCursor {
  readonly waitingSinceMs: number;
  readonly key: number;
}

export interface QueueEntry extends SessionHandle {
  readonly waitingSinceMs: number;
  /** When the wait itself runs out; undefined where another rule runs, or none. */
  readonly expiresAtMs: number | undefined;
}

/** Longest wait first. */
export interface QueuePage {
  readonly waiting: readonly QueueEntry[];
  readonly next: QueueCursor | undefined;
}

export const LIST_LIMIT_MAX = 1_000;
/** How many rows one page looks through for a filter that no index serves. */
export const LIST_LOOK_MAX = 10_000;

type Row = [number, ...SessionValues];
type Parts = [sql: string, ...parameters: SqliteInput[]];

/** Never NULL, so that NOT turns it around. */
const LAPSED = `(due_at_ms IS NOT NULL AND (due_at_ms = ${DUE_LATCHED} OR due_at_ms BETWEEN 0 AND ?))`;

/** Reads the rows of one generation of `sessions`. The caller sees to it that what is in memory has been written. */
export class SessionQueries {
  private readonly table: string;

  constructor(
    private readonly views: Views,
    generation: GenerationId,
    private readonly names: StreamNames,
  ) {
    this.table = tableOf(generation);
  }

  byId(id: string): SessionHandle | undefined {
    const sql = `SELECT key, ${SESSION_COLUMN_NAMES} FROM ${this.table} WHERE id = ?`;
    const row = this.views.reading(() => this.views.database.prepare(sql).get<Row>(id));
    return row === undefined ? undefined : this.handle(row);
  }

  list(query: ListSessions): SessionPage {
    const limit = clampLimit(query.limit);
    const [indexed, indexedValues] = joined(indexedParts(query));
    const [filter, filterValues] = joined(filterParts(query));
    const looked = `FROM ${this.table} WHERE ${indexed} ORDER BY key DESC LIMIT ${LIST_LOOK_MAX}`;
    const sql = `SELECT * FROM (SELECT key, ${SESSION_COLUMN_NAMES} ${looked})
      WHERE ${filter} LIMIT ${limit}`;
    const rows = this.all<Row>(sql, ...indexedValues, ...filterValues);
    return { sessions: rows.map((row) => this.handle(row)), next: this.nextOf(rows, limit, looked, indexedValues) };
  }

  queue(query: ListQueue): QueuePage {
    const limit = clampLimit(query.limit);
    const parts: Parts[] = [['waiting_since_ms IS NOT NULL'], [`NOT (${LAPSED})`, query.nowMs - 1]];
    if (query.merchantId !== undefined) parts.push(['merchant = ?', query.merchantId]);
    if (query.queueId !== undefined) parts.push(['queue_id = ?', query.queueId]);
    const { after } = query;
    if (after !== undefined) parts.push(['(waiting_since_ms, key) > (?, ?)', after.waitingSinceMs, after.key]);
    const [where, values] = joined(parts);
    const sql = `SELECT key, ${SESSION_COLUMN_NAMES} FROM ${this.table} WHERE ${where}
      ORDER BY waiting_since_ms, key LIMIT ${limit}`;
    const waiting = this.all<Row>(sql, ...values).map((row) => queueEntry(this.handle(row)));
    const last = waiting.length === limit ? waiting.at(-1) : undefined;
    return { waiting, next: last === undefined ? undefined : { waitingSinceMs: last.waitingSinceMs, key: last.key } };
  }

  private nextOf(
    rows: readonly Row[],
    limit: number,
    looked: string,
    values: readonly SqliteInput[],
  ): number | undefined {
    if (rows.length === limit) return rows.at(-1)?.[0];
    const [count = 0, last] = this.all<[number, number | null]>(
      `SELECT count(*) AS rows, min(key) AS last FROM (SELECT key ${looked})`,
      ...values,
    )[0] as [number, number | null];
    return count === LIST_LOOK_MAX ? (last ?? undefined) : undefined;
  }

  private all<R extends readonly (string | number | null | Uint8Array)[]>(sql: string, ...values: SqliteInput[]): R[] {
    return this.views.reading(() => this.views.database.prepare(sql).all<R>(...values));
  }

  private handle([key, ...values]: Row): SessionHandle {
    const id = values[0] as string;
    return { key, id, state: stateFrom(this.names.session(id), values) };
  }
}

const clampLimit = (limit: number): number => Math.min(Math.max(Math.trunc(limit), 1), LIST_LIMIT_MAX);

/** Conditions that an index answers in the order of the keys. */
const indexedParts = (query: ListSessions): Parts[] => {
  const parts: Parts[] = [['key < ?', query.after ?? Number.MAX_SAFE_INTEGER]];
  if (query.externalId !== undefined) parts.push(['external_id = ?', query.externalId]);
  // Few are parked: with the plus SQLite looks for the merchant's among them, not for the parked ones among the merchant's.
  const merchant = query.state === 'parked' ? '+merchant' : 'merchant';
  if (query.merchantId !== undefined) parts.push([`${merchant} = ?`, query.merchantId]);
  if (query.state === 'open' || query.state === 'lapsed') parts.push(['is_open = 1']);
  if (query.state === 'parked') parts.push(['parked_why IS NOT NULL']);
  return parts;
};

const filterParts = (query: ListSessions): Parts[] => {
  const parts: Parts[] = [['1 = 1']];
  const lapsedBeforeMs = query.nowMs - 1;
  if (query.state === 'open') parts.push([`parked_why IS NULL AND NOT (${LAPSED})`, lapsedBeforeMs]);
  if (query.state === 'lapsed') parts.push([LAPSED, lapsedBeforeMs]);
  if (query.state === 'closed') parts.push(["parked_why IS NULL AND status = 'closed'"]);
  if (query.closeReason !== undefined) parts.push(['close_reason = ?', query.closeReason]);
  if (query.buyerId !== undefined) parts.push(['buyer = ?', query.buyerId]);
  return parts;
};

const joined = (parts: readonly Parts[]): [sql: string, values: SqliteInput[]] => [
  parts.map(([sql]) => sql).join(' AND '),
  parts.flatMap(([, ...values]) => values),
];

const queueEntry = (handle: SessionHandle): QueueEntry => {
  const { state } = handle;
  const expiresAtMs = state.parked === undefined && state.rule === 'queue-expired' ? deadlineOf(state) : undefined;
  return { ...handle, waitingSinceMs: state.waitingSinceMs as number, expiresAtMs };
};
