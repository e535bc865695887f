import type { SqliteDatabase, SqliteStatement } from '@lapse/sqlite';
import { StoreError } from '@lapse/store';
import { BoundedMap } from './bounded-map.js';

const YES = 1;
const NO = 2;

const isSame = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((text, i) => text === b[i]);

/** How many new names are read ahead: a log names its streams in the order in which they first appear. */
const READ_AHEAD = 256;

/**
 * Names and the whole numbers that stand for them, in `streams` or `types`. A name never changes its number, so what is
 * cached is true for ever, except what a rolled-back transaction had added ({@link forget}).
 */
export class Names {
  /** A name sits in the slot of its key's last bits; a newer one with the same bits takes its place. */
  private readonly slots: number;
  private readonly keys: Float64Array;
  private readonly names: string[];
  /** Of the name in the same slot: whether it starts with one of {@link prefixes}; 0: nobody has looked. */
  private readonly starts: Uint8Array;
  private prefixes: readonly string[] = [];
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
    this.starts = new Uint8Array(cacheMax);
    this.byName = new BoundedMap(cacheMax);
    this.selectAhead = database.prepare(
      `SELECT key, name FROM ${table} WHERE key >= ? ORDER BY key LIMIT ${Math.min(READ_AHEAD, cacheMax)}`,
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

  startsWithOneOf(key: number, prefixes: readonly string[]): boolean {
    if (prefixes !== this.prefixes) this.forgetStarts(prefixes);
    const slot = key & (this.slots - 1);
    if (this.keys[slot] !== key || this.starts[slot] === 0) {
      const name = this.nameOf(key);
      this.starts[slot] = prefixes.some((prefix) => name.startsWith(prefix)) ? YES : NO;
    }
    return this.starts[slot] === YES;
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

  private forgetStarts(prefixes: readonly string[]): void {
    if (!isSame(prefixes, this.prefixes)) this.starts.fill(0);
    this.prefixes = prefixes;
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
    this.starts[slot] = 0;
    if (key > this.furthestKey) this.furthestKey = key;
  }
}
