import type { SqliteDatabase, SqliteStatement } from '@lapse/sqlite';
import { StoreError } from '@lapse/store';
import { BoundedMap } from './bounded-map.js';

/** How many new names are read ahead: a log names its streams in the order in which they first appear. */
const READ_AHEAD = 64;

/**
 * Names and the whole numbers that stand for them, in `streams` or `types`. A name never changes its number, so what is
 * cached is true for ever, except what a rolled-back transaction had added ({@link forget}).
 */
export class Names {
  /** A name sits in the slot of its key's last bits; a newer one with the same bits takes its place. */
  private readonly slots: number;
  private readonly keys: Float64Array;
  private readonly names: string[];
  private readonly byName: BoundedMap<string, number>;
  private furthestKey = 0;
  private readonly selectAhead: SqliteStatement;
  private readonly selectName: SqliteStatement;
  private readonly selectKey: SqliteStatement;

  constructor(
    private readonly database: SqliteDatabase,
    private readonly table: 'streams' | 'types',
    /** A power of two. */
    cacheMax: number,
  ) {
    this.slots = cacheMax;
    this.keys = new Float64Array(cacheMax);
    this.names = new Array<string>(cacheMax).fill('');
    this.byName = new BoundedMap(cacheMax);
    this.selectAhead = database.prepare(
      `SELECT key, name FROM ${table} WHERE key >= ? ORDER BY key LIMIT ${READ_AHEAD}`,
    );
    this.selectName = database.prepare(`SELECT name FROM ${table} WHERE key = ?`);
    this.selectKey = database.prepare(`SELECT key FROM ${table} WHERE name = ?`);
  }

  nameOf(key: number): string {
    return this.known(key) ?? this.load(key);
  }

  /** Without a look at the file. */
  known(key: number): string | undefined {
    const slot = key & (this.slots - 1);
    return this.keys[slot] === key ? this.names[slot] : undefined;
  }

  keyOf(name: string): number | undefined {
    const known = this.byName.get(name);
    if (known !== undefined) return known;
    const key = this.selectKey.get<[number]>(name)?.[0];
    if (key !== undefined) this.byName.set(name, key);
    return key;
  }

  /** The last key that was given out, 0 before the first. */
  lastKey(): number {
    const row = this.database.prepare(`SELECT coalesce(max(key), 0) AS last FROM ${this.table}`).get<[number]>();
    return row![0];
  }

  /** Drops the keys that {@link keyOf} answered: a transaction that had added some was undone. */
  forget(): void {
    this.byName.clear();
  }

  private load(key: number): string {
    if (key > this.furthestKey) {
      for (const [nextKey, name] of this.selectAhead.all<[number, string]>(key)) this.keep(nextKey, name);
    } else {
      const name = this.selectName.get<[string]>(key)?.[0];
      if (name !== undefined) this.keep(key, name);
    }
    const slot = key & (this.slots - 1);
    if (this.keys[slot] === key) return this.names[slot]!;
    throw new StoreError(
      'store-corrupt',
      `${this.database.location}: an event names ${this.table} ${key}, which is missing`,
    );
  }

  private keep(key: number, name: string): void {
    const slot = key & (this.slots - 1);
    this.keys[slot] = key;
    this.names[slot] = name;
    if (key > this.furthestKey) this.furthestKey = key;
  }
}
