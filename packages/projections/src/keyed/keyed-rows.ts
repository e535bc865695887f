import type { SqliteStatement } from '@lapse/sqlite';
import type { PlainRow, ProjectedEvent, Projector } from '../projector.js';
import { MaybeWritten } from './maybe-written.js';
import type { RowWrites } from '../views/row-writes.js';
import { tableOf, type GenerationId, type Views } from '../views/views.js';

interface Held {
  readonly key: string;
  row: PlainRow;
  dirty: boolean;
}

const byKey = (a: Held, b: Held): number => (a.key < b.key ? -1 : 1);

/** How many clean rows of one projector stay in memory between flushes. */
const CLEAN_ROWS_MAX = 20_000;

/** The rows of one projector: folded in memory, written behind as JSON by key. */
export class KeyedRows {
  readonly table: string;
  private readonly held = new Map<string, Held>();
  private dirty: Held[] = [];
  private handedOver: Held[] = [];
  private readonly upsertSql: string;
  private readonly select: SqliteStatement;
  /** Undefined where the table held rows before. */
  private readonly maybeWritten: MaybeWritten | undefined;
  /** By place in what the projector names: neighbours in the log often share a row. */
  private readonly lastKeys: string[] = [];
  private readonly lastHeld: Held[] = [];

  constructor(
    private readonly views: Views,
    readonly generation: GenerationId,
    readonly projector: Projector,
  ) {
    this.table = tableOf(generation);
    this.upsertSql = `INSERT OR REPLACE INTO ${this.table} (key, row) VALUES (?, ?)`;
    this.select = views.database.prepare(`SELECT row FROM ${this.table} WHERE key = ?`);
    const anyRow = views.database.prepare(`SELECT 1 FROM ${this.table} LIMIT 1`).get();
    this.maybeWritten = anyRow === undefined ? new MaybeWritten() : undefined;
  }

  /** Inside a transaction. */
  static create(views: Views, generation: GenerationId): void {
    const table = tableOf(generation);
    views.database.exec(
      `CREATE TABLE ${table} (key TEXT NOT NULL PRIMARY KEY, row TEXT NOT NULL) STRICT, WITHOUT ROWID`,
    );
  }

  get dirtyRows(): number {
    return this.dirty.length;
  }

  /** Throws what the projector throws, and a SyntaxError for a row that is not JSON. */
  apply(event: ProjectedEvent): void {
    const keys = this.projector.keysOf(event);
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i] as string;
      const held = this.lastKeys[i] === key ? (this.lastHeld[i] as Held) : this.hold(key, i);
      held.row = this.projector.apply(held.row, event, key);
      if (!held.dirty) this.markDirty(held);
    }
  }

  /** The row as it stands now, written or not. */
  get(key: string): PlainRow | undefined {
    return this.held.get(key)?.row ?? this.load(key);
  }

  /** Hands over what has changed. From here until {@link written} or {@link notWritten} all of it stays in memory. */
  write(to: RowWrites): void {
    // In the order of the table: pages are filled one after another instead of split here and there.
    this.handedOver = this.dirty.sort(byKey);
    this.dirty = [];
    for (const held of this.handedOver) held.dirty = false;
    for (const held of this.handedOver) {
      to.run(this.upsertSql, [held.key, JSON.stringify(held.row)]);
      this.maybeWritten?.add(held.key);
    }
  }

  /** After the commit. */
  written(): void {
    this.handedOver = [];
    this.lastKeys.length = 0;
    let tooMany = this.held.size - CLEAN_ROWS_MAX;
    if (tooMany <= 0) return;
    for (const { key, dirty } of this.held.values()) {
      if (dirty) continue;
      this.held.delete(key);
      if (--tooMany === 0) break;
    }
  }

  /** What {@link write} handed over is not in the file. */
  notWritten(): void {
    for (const held of this.handedOver) this.markDirty(held);
    this.handedOver = [];
  }

  private markDirty(held: Held): void {
    if (held.dirty) return;
    held.dirty = true;
    this.dirty.push(held);
  }

  private hold(key: string, place: number): Held {
    let held = this.held.get(key);
    if (held === undefined) {
      held = { key, row: this.load(key) ?? this.projector.start(key), dirty: false };
      this.held.set(key, held);
    }
    this.lastKeys[place] = key;
    this.lastHeld[place] = held;
    return held;
  }

  private load(key: string): PlainRow | undefined {
    if (this.maybeWritten?.has(key) === false) return undefined;
    const row = this.views.reading(() => this.select.get<[string]>(key));
    return row === undefined ? undefined : (JSON.parse(row[0]) as PlainRow);
  }
}
