import type { SessionState } from '@lapse/domain';
import type { SqliteInput, SqliteStatement, SqliteValue } from '@lapse/sqlite';
import type { RowWrites } from '../views/row-writes.js';
import { tableOf, type GenerationId, type Views } from '../views/views.js';
import { placeOf, FIXED_COLUMNS, MOVING_COLUMNS, SESSION_COLUMNS, USUAL_NAMES, type SessionValues } from './columns.js';
import type { SessionEntry } from './entry.js';
import { stateFrom } from './from-row.js';
import { rareUnlessDefault, rowOf, usualOf } from './to-row.js';

const names = SESSION_COLUMNS.map(([name]) => name);
export const SESSION_COLUMN_NAMES = names.join(', ');

const createSql = (table: string): string => `
  CREATE TABLE ${table} (
    key INTEGER PRIMARY KEY,
    ${SESSION_COLUMNS.map(([name, type]) => `${name} ${type}`).join(',\n    ')}
  ) STRICT
`;

/** Of sessions that go on, or that somebody must look at: mostly few rows at any time. */
const smallIndexesSql = (table: string): readonly string[] =>
  [
    `${table}_open ON ${table} (is_open) WHERE is_open = 1`,
    `${table}_open_by_merchant ON ${table} (merchant) WHERE is_open = 1`,
    `${table}_due ON ${table} (due_at_ms) WHERE due_at_ms IS NOT NULL`,
    `${table}_parked ON ${table} (key) WHERE parked_why IS NOT NULL`,
    `${table}_queue ON ${table} (waiting_since_ms) WHERE waiting_since_ms IS NOT NULL`,
    `${table}_queue_by_merchant ON ${table} (merchant, waiting_since_ms) WHERE waiting_since_ms IS NOT NULL`,
  ].map((index) => `CREATE INDEX IF NOT EXISTS ${index}`);

/** Each by itself: on a table of a million rows one of them takes a while. */
const largeIndexesSql = (table: string): readonly string[] =>
  [
    `${table}_by_merchant ON ${table} (merchant)`,
    `${table}_by_external_id ON ${table} (external_id) WHERE external_id IS NOT NULL`,
  ].map((index) => `CREATE INDEX IF NOT EXISTS ${index}`);

const insertSql = (table: string, columns: readonly string[]): string =>
  `INSERT INTO ${table} (key, ${columns.join(', ')}) VALUES (?, ${columns.map(() => '?').join(', ')})`;

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
  private readonly insertSql: string;
  private readonly insertUsualSql: string;
  private readonly updateSql: string;
  private readonly deleteSql: string;
  private readonly byId: SqliteStatement;
  private readonly byKey: SqliteStatement;

  constructor(
    private readonly views: Views,
    generation: GenerationId,
  ) {
    this.table = tableOf(generation);
    const { database } = views;
    const moving = MOVING_COLUMNS.map(([name]) => `${name} = ?`).join(', ');
    this.insertSql = insertSql(this.table, names);
    this.insertUsualSql = insertSql(this.table, USUAL_NAMES);
    this.updateSql = `UPDATE ${this.table} SET ${moving} WHERE key = ?`;
    this.deleteSql = `DELETE FROM ${this.table} WHERE key = ?`;
    this.byId = database.prepare(`SELECT key, ${SESSION_COLUMN_NAMES} FROM ${this.table} WHERE id = ?`);
    this.byKey = database.prepare(`SELECT id FROM ${this.table} WHERE key = ?`);
  }

  /** Inside a transaction. */
  static create(views: Views, generation: GenerationId): void {
    SessionTable.createToFill(views, generation);
    for (const sql of largeIndexesSql(tableOf(generation))) views.database.exec(sql);
  }

  /** For rows that nobody asks for yet: without the large indexes filling them is faster. Inside a transaction. */
  static createToFill(views: Views, generation: GenerationId): void {
    for (const sql of [createSql(tableOf(generation)), ...smallIndexesSql(tableOf(generation))])
      views.database.exec(sql);
  }

  /** What {@link createToFill} left out and is not there yet, each in a transaction of its own. */
  static createLargeIndexes(views: Views, generation: GenerationId): void {
    for (const sql of largeIndexesSql(tableOf(generation))) views.reading(() => views.database.exec(sql));
  }

  insert(to: RowWrites, entries: Iterable<SessionEntry>, idsOf: (entry: SessionEntry) => Uint8Array | null): void {
    const others: SqliteInput[][] = [];
    for (const entry of entries) {
      const usual = usualOf(entry);
      const rare = rareUnlessDefault(entry.state, idsOf(entry));
      if (rare === undefined) to.run(this.insertUsualSql, usual);
      else others.push([...usual, ...rare]);
    }
    for (const row of others) to.run(this.insertSql, row);
  }

  update(to: RowWrites, entry: SessionEntry, ids: Uint8Array | null): void {
    to.run(this.updateSql, [...rowOf(entry, ids).slice(1 + FIXED_COLUMNS.length), entry.key]);
  }

  remove(to: RowWrites, key: number): void {
    to.run(this.deleteSql, [key]);
  }

  find(id: string, stream: string): StoredSession | undefined {
    const row = this.views.reading(() => this.byId.get<[number, ...SessionValues]>(id));
    if (row === undefined) return undefined;
    const [key, ...values] = row;
    const revision = values[placeOf('revision')] as number;
    return { key, revision, state: readable(stream, values), ids: values[placeOf('event_ids')] as Uint8Array | null };
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
