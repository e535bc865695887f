import type { SqliteDatabase } from '@lapse/sqlite';
import type { Position } from '@lapse/store';
import { speakingOf } from './errors.js';
import type { ViewsLock } from './lock.js';
import type { RowWrites } from './row-writes.js';

export type Place = Position | 'start';
export type Role = 'live' | 'building' | 'old';
/** As SQLite names a database without a file. */
export const IN_MEMORY = ':memory:';

/** One set of rows of one read model, and how far it is. A checkpoint names the log that it belongs to. */
export interface Generation {
  readonly name: string;
  readonly generation: number;
  readonly version: number;
  /** `EventStore.identity()` of the log it was built from. */
  readonly store: string;
  /** How far the log was looked at when its rows were last written. */
  readonly position: Place;
  readonly role: Role;
}

export type GenerationId = Pick<Generation, 'name' | 'generation'>;

/** `sessions_g3`. Names are ours and in kebab case, so that they need no escape beyond this. */
export const tableOf = ({ name, generation }: GenerationId): string => `${name.replaceAll('-', '_')}_g${generation}`;

const COLUMNS = 'name, generation, version, store, position, role';
type Row = [name: string, generation: number, version: number, store: string, position: string, role: string];

const generationOf = ([name, generation, version, store, position, role]: Row): Generation => ({
  name,
  generation,
  version,
  store,
  position: position as Place,
  role: role as Role,
});

const MOVE_CHECKPOINT = 'UPDATE generations SET position = ? WHERE name = ? AND generation = ? AND position = ?';

/** The open file: transactions, and the list of generations with their checkpoints. */
export class Views {
  constructor(
    readonly database: SqliteDatabase,
    readonly file: string,
    readonly readOnly: boolean,
    private readonly held: ViewsLock | undefined,
  ) {}

  /** All of `work` or none of it. Throws {@link ViewsError} for what SQLite reports. */
  transaction<T>(work: () => T): T {
    return speakingOf(this.file, () => this.database.transaction(work));
  }

  reading<T>(work: () => T): T {
    return speakingOf(this.file, work);
  }

  generations(): readonly Generation[] {
    const sql = `SELECT ${COLUMNS} FROM generations ORDER BY name, generation`;
    return this.reading(() => this.database.prepare(sql).all<Row>().map(generationOf));
  }

  live(name: string): Generation | undefined {
    return this.inRole('live').find((generation) => generation.name === name);
  }

  inRole(role: Role): readonly Generation[] {
    const sql = `SELECT ${COLUMNS} FROM generations WHERE role = ? ORDER BY name, generation`;
    return this.reading(() => this.database.prepare(sql).all<Row>(role).map(generationOf));
  }

  /** Registers an empty generation, the next of its name. Inside a transaction; the caller makes its tables. */
  add(name: string, version: number, store: string, role: Role): Generation {
    const last = this.database
      .prepare('SELECT coalesce(max(generation), 0) FROM generations WHERE name = ?')
      .get<[number]>(name);
    const added = { name, generation: (last?.[0] ?? 0) + 1, version, store, position: 'start', role } as const;
    this.database
      .prepare(`INSERT INTO generations (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)`)
      .run(name, added.generation, version, store, added.position, role);
    return added;
  }

  /** Inside a transaction. */
  setRole({ name, generation }: GenerationId, role: Role): void {
    this.database
      .prepare('UPDATE generations SET role = ? WHERE name = ? AND generation = ?')
      .run(role, name, generation);
  }

  /** Forgets a generation with its tables and parked streams. Inside a transaction. */
  drop(generation: GenerationId): void {
    const prefix = tableOf(generation);
    const tables = this.database.prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name = ?");
    for (const [table] of tables.all<[string]>(prefix)) this.database.exec(`DROP TABLE "${table}"`);
    for (const table of ['parked', 'generations']) {
      this.database
        .prepare(`DELETE FROM ${table} WHERE name = ? AND generation = ?`)
        .run(generation.name, generation.generation);
    }
  }

  /**
   * Moves a checkpoint in the transaction that wrote its rows, after comparing it with where we left it. Throws
   * `checkpoint-moved`, which undoes everything, where somebody else has moved it.
   */
  moveCheckpoint(writes: RowWrites, { name, generation }: GenerationId, from: Place, to: Place): void {
    const says = `${name}@${generation} no longer stands at ${from}: another process writes to the same file`;
    writes.run(MOVE_CHECKPOINT, [to, name, generation, from], {
      code: 'checkpoint-moved',
      message: `${this.file}: ${says}`,
    });
  }

  /** Leaves one file without a log beside it, where nobody else has it open. May be called twice. */
  close(): void {
    if (!this.database.isOpen) return;
    try {
      if (!this.readOnly) this.database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    } catch {
      // Everything is in the log beside the file: the next one to open it finds it there.
    }
    this.database.close();
    this.held?.release();
  }
}
