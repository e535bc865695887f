import type { SessionState } from '@lapse/domain';
import type { SqliteStatement, SqliteValue } from '@lapse/sqlite';
import { tableOf, type GenerationId, type Views } from '../views/views.js';
import type { SessionEntry } from './entry.js';
import {
  FIXED_COLUMNS,
  idsColumn,
  revisionColumn,
  MOVING_COLUMNS,
  rowOf,
  SESSION_COLUMNS,
  stateFrom,
  type SessionValues,
} from './row.js';

const names = SESSION_COLUMNS.map(([name]) => name);
export const SESSION_COLUMN_NAMES = names.join(', ');

const createSql = (table: string): string => `
  CREATE TABLE ${table} (
    key INTEGER PRIMARY KEY,
    ${SESSION_COLUMNS.map(([name, type]) => `${name} ${type}`).join(',\n    ')}
  ) STRICT
`;

/** Each by itself: on a table of a million rows one of them takes a while. */
const indexesSql = (table: string): readonly string[] =>
  [
    `${table}_by_merchant ON ${table} (merchant)`,
    `${table}_open ON ${table} (is_open) WHERE is_open = 1`,
    `${table}_open_by_merchant ON ${table} (merchant) WHERE is_open = 1`,
    `${table}_due ON ${table} (due_at_ms) WHERE due_at_ms IS NOT NULL`,
    `${table}_queue ON ${table} (waiting_since_ms) WHERE waiting_since_ms IS NOT NULL`,
    `${table}_queue_by_merchant ON ${table} (merchant, waiting_since_ms) WHERE waiting_since_ms IS NOT NULL`,
    `${table}_by_external_id ON ${table} (external_id) WHERE external_id IS NOT NULL`,
  ].map((index) => `CREATE INDEX IF NOT EXISTS ${index}`);

/** The session's id in a row of `key` and {@link SESSION_COLUMN_NAMES}. */
export const idOfRow = (row: readonly SqliteValue[]): string => row[1 + names.indexOf('id')] as string;

/** What a row says: the session, and the ids of its stream where the row carries them. */
export interface StoredSession {
  readonly key: number;
  readonly revision: number;
  /** Undefined where the row cannot be read: its stream must be folded again. */
  readonly state: SessionState | undefined;
  readonly ids: Uint8Array | null;
}

/** The rows of one generation of `sessions`: written by key, found by id. */
export class SessionTable {
  readonly table: string;
  private readonly insert: SqliteStatement;
  private readonly update: SqliteStatement;
  private readonly byId: SqliteStatement;
  private readonly byKey: SqliteStatement;

  constructor(
    private readonly views: Views,
    generation: GenerationId,
  ) {
    this.table = tableOf(generation);
    const { database } = views;
    const moving = MOVING_COLUMNS.map(([name]) => `${name} = ?`).join(', ');
    const places = names.map(() => '?').join(', ');
    this.insert = database.prepare(`INSERT INTO ${this.table} (${SESSION_COLUMN_NAMES}, key) VALUES (${places}, ?)`);
    this.update = database.prepare(`UPDATE ${this.table} SET ${moving} WHERE key = ?`);
    this.byId = database.prepare(`SELECT key, ${SESSION_COLUMN_NAMES} FROM ${this.table} WHERE id = ?`);
    this.byKey = database.prepare(`SELECT id FROM ${this.table} WHERE key = ?`);
  }

  /** Inside a transaction. */
  static create(views: Views, generation: GenerationId): void {
    SessionTable.createWithoutIndexes(views, generation);
    for (const sql of indexesSql(tableOf(generation))) views.database.exec(sql);
  }

  /** For rows that nobody asks for yet: filling them is faster so. Inside a transaction. */
  static createWithoutIndexes(views: Views, generation: GenerationId): void {
    views.database.exec(createSql(tableOf(generation)));
  }

  /** What {@link createWithoutIndexes} left out and is not there yet, each in a transaction of its own. */
  static createIndexes(views: Views, generation: GenerationId): void {
    for (const sql of indexesSql(tableOf(generation))) views.reading(() => views.database.exec(sql));
  }

  /** Inside a transaction. */
  write(entry: SessionEntry, ids: Uint8Array | null, isNew: boolean): void {
    const values = rowOf(entry, ids);
    if (isNew) this.insert.run(...values, entry.key);
    else this.update.run(...values.slice(FIXED_COLUMNS.length), entry.key);
  }

  /** Inside a transaction. */
  remove(key: number): void {
    this.views.database.prepare(`DELETE FROM ${this.table} WHERE key = ?`).run(key);
  }

  find(id: string, stream: string): StoredSession | undefined {
    const row = this.views.reading(() => this.byId.get<[number, ...SessionValues]>(id));
    if (row === undefined) return undefined;
    const [key, ...values] = row;
    const revision = values[revisionColumn] as number;
    return { key, revision, state: readable(stream, values), ids: values[idsColumn] as Uint8Array | null };
  }

  /** A row as it is written, by column. */
  valuesOf(id: string): SessionValues | undefined {
    return this.views.reading(() => this.byId.get<[number, ...SessionValues]>(id))?.slice(1);
  }

  idOf(key: number): string | undefined {
    return this.views.reading(() => this.byKey.get<[string]>(key))?.[0];
  }

  lastKey(): number {
    const sql = `SELECT coalesce(max(key), 0) FROM ${this.table}`;
    return this.views.reading(() => this.views.database.prepare(sql).get<[number]>())?.[0] ?? 0;
  }

  /** Every row that may have to be acted on (`due_at_ms`), soonest first, without loading it. */
  eachDue(visit: (key: number, dueAtMs: number) => void): void {
    const sql = `SELECT due_at_ms, key FROM ${this.table} WHERE due_at_ms IS NOT NULL AND (due_at_ms, key) > (?, ?)
      ORDER BY due_at_ms, key LIMIT ${DUE_PAGE_ROWS}`;
    this.views.reading(() => {
      const page = this.views.database.prepare(sql);
      let from: readonly [number, number] = [Number.MIN_SAFE_INTEGER, 0];
      for (;;) {
        const rows = page.all<[number, number]>(from[0], from[1]);
        for (const [dueAtMs, key] of rows) visit(key, dueAtMs);
        if (rows.length < DUE_PAGE_ROWS) return;
        from = rows[rows.length - 1] as [number, number];
      }
    });
  }
}

const readable = (stream: string, values: SessionValues): SessionState | undefined => {
  try {
    return stateFrom(stream, values);
  } catch {
    return undefined;
  }
};

/** How many rows one step of {@link SessionTable.eachDue} holds. */
const DUE_PAGE_ROWS = 10_000;
