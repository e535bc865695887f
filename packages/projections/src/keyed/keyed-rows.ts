import type { SqliteStatement } from '@lapse/sqlite';
import type { PlainRow, ProjectedEvent, Projector } from '../projector.js';
import { tableOf, type GenerationId, type Views } from '../views/views.js';

interface Held {
  row: PlainRow;
  dirty: boolean;
}

/** How many clean rows of one projector stay in memory between flushes. */
const CLEAN_ROWS_MAX = 20_000;

/** The rows of one projector: folded in memory, written behind as JSON by key. */
export class KeyedRows {
  readonly table: string;
  private readonly held = new Map<string, Held>();
  private readonly dirtyKeys = new Set<string>();
  private readonly upsert: SqliteStatement;
  private readonly select: SqliteStatement;

  constructor(
    private readonly views: Views,
    readonly generation: GenerationId,
    readonly projector: Projector,
  ) {
    this.table = tableOf(generation);
    this.upsert = views.database.prepare(`INSERT OR REPLACE INTO ${this.table} (key, row) VALUES (?, ?)`);
    this.select = views.database.prepare(`SELECT row FROM ${this.table} WHERE key = ?`);
  }

  /** Inside a transaction. */
  static create(views: Views, generation: GenerationId): void {
    const table = tableOf(generation);
    views.database.exec(
      `CREATE TABLE ${table} (key TEXT NOT NULL PRIMARY KEY, row TEXT NOT NULL) STRICT, WITHOUT ROWID`,
    );
  }

  get dirtyRows(): number {
    return this.dirtyKeys.size;
  }

  /** Throws what the projector throws, and a SyntaxError for a row that is not JSON. */
  apply(event: ProjectedEvent): void {
    for (const key of this.projector.keysOf(event)) {
      const held = this.hold(key);
      held.row = this.projector.apply(held.row, event, key);
      if (!held.dirty) {
        held.dirty = true;
        this.dirtyKeys.add(key);
      }
    }
  }

  /** The row as it stands now, written or not. */
  get(key: string): PlainRow | undefined {
    return this.held.get(key)?.row ?? this.load(key);
  }

  /** Inside a transaction. */
  write(): void {
    for (const key of this.dirtyKeys) this.upsert.run(key, JSON.stringify((this.held.get(key) as Held).row));
  }

  /** After the commit. */
  written(): void {
    for (const key of this.dirtyKeys) (this.held.get(key) as Held).dirty = false;
    this.dirtyKeys.clear();
    for (const key of this.held.keys()) {
      if (this.held.size <= CLEAN_ROWS_MAX) break;
      this.held.delete(key);
    }
  }

  private hold(key: string): Held {
    const known = this.held.get(key);
    if (known !== undefined) return known;
    const held = { row: this.load(key) ?? this.projector.start(key), dirty: false };
    this.held.set(key, held);
    return held;
  }

  private load(key: string): PlainRow | undefined {
    const row = this.views.reading(() => this.select.get<[string]>(key));
    return row === undefined ? undefined : (JSON.parse(row[0]) as PlainRow);
  }
}
