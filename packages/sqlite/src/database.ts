import { pathToFileURL } from 'node:url';
import { loadBinding, type RawDatabase } from './binding.js';
import { SqliteError, toSqliteError } from './error.js';
import { SqliteStatement } from './statement.js';

export interface OpenSqliteOptions {
  /** Default false: the file is created if it is missing. Read-only, a missing file is `SQLITE_CANTOPEN`. */
  readonly readOnly?: boolean;
  /**
   * With `readOnly`: nobody changes the file while it is open, so SQLite looks for no changes, locks nothing and writes
   * nothing beside it. The way to read a log in a folder that cannot be written to. Changed all the same, it reads nonsense.
   */
  readonly immutable?: boolean;
  /** How long a call may wait for another connection's lock; it blocks the thread. Clamped to 0 to 60 000; default 0. */
  readonly busyTimeoutMs?: number;
}

const BUSY_TIMEOUT_MS_MAX = 60_000;

/** Opens a file (`:memory:` for none). Throws {@link SqliteError}. A file that is no database is noticed at its first use. */
export const openSqlite = (file: string, options: OpenSqliteOptions = {}): SqliteDatabase => {
  const { DatabaseSync } = loadBinding().binding;
  const busyTimeoutMs = Math.min(Math.max(Math.trunc(options.busyTimeoutMs ?? 0), 0), BUSY_TIMEOUT_MS_MAX);
  const place = options.immutable === true ? `${pathToFileURL(file).href}?immutable=1` : file;
  try {
    const raw = new DatabaseSync(place, { readOnly: options.readOnly ?? false });
    raw.exec(`PRAGMA busy_timeout = ${busyTimeoutMs}`);
    return new SqliteDatabase(raw, file);
  } catch (error) {
    throw toSqliteError(error, file);
  }
};

/** One connection. Every call is synchronous and ends before it returns; errors that SQLite reports are {@link SqliteError}. */
export class SqliteDatabase {
  private closed = false;
  private transactionStatements: Record<'begin' | 'commit' | 'rollback', SqliteStatement> | undefined;

  constructor(
    private readonly raw: RawDatabase,
    /** As it was given when the database was opened. */
    readonly location: string,
  ) {}

  get isOpen(): boolean {
    return !this.closed;
  }

  exec(sql: string): void {
    try {
      this.raw.exec(sql);
    } catch (error) {
      throw toSqliteError(error, this.location);
    }
  }

  prepare(sql: string): SqliteStatement {
    try {
      return new SqliteStatement(this.raw.prepare(sql), this.location);
    } catch (error) {
      throw toSqliteError(error, this.location);
    }
  }

  /**
   * All of `work` or none of it, as the only writer while it runs (`BEGIN IMMEDIATE`). Whatever `work` or the commit throws
   * is thrown on, after everything has been undone. `work` must be synchronous; transactions do not nest.
   */
  transaction<T>(work: () => T): T {
    const { begin, commit, rollback } = this.statements();
    begin.run();
    try {
      const result = work();
      commit.run();
      return result;
    } catch (error) {
      try {
        rollback.run();
      } catch {
        // SQLite has rolled back by itself already (a full disk, an I/O error): the first error is the one to tell.
      }
      throw error;
    }
  }

  /**
   * May be called twice. Afterwards nothing can be asked any more, but one of the bindings lets go of the *file* only when
   * the statements that were prepared have been collected too: whoever counts on what SQLite does at the last close (a
   * checkpoint, the end of its files) asks for it before, or uses `exec` alone.
   */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    try {
      this.raw.close();
    } catch (error) {
      throw toSqliteError(error, this.location);
    }
  }

  private statements(): Record<'begin' | 'commit' | 'rollback', SqliteStatement> {
    this.transactionStatements ??= {
      begin: this.prepare('BEGIN IMMEDIATE'),
      commit: this.prepare('COMMIT'),
      rollback: this.prepare('ROLLBACK'),
    };
    return this.transactionStatements;
  }
}

/** Which SQLite runs: for `doctor`, logs and benchmarks. */
export const sqliteVersion = (): { readonly binding: string; readonly sqlite: string } => {
  const database = openSqlite(':memory:');
  try {
    const row = database.prepare('SELECT sqlite_version() AS version').get<[string]>();
    if (row === undefined) throw new SqliteError('SQLITE_INTERNAL', 'SQLite does not tell its version');
    return { binding: loadBinding().name, sqlite: row[0] };
  } finally {
    database.close();
  }
};
