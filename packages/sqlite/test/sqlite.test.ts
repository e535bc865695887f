import { closeSync, mkdtempSync, openSync, readdirSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { isSqliteError, openSqlite, sqliteVersion, type SqliteDatabase } from '@lapse/sqlite';

let folder: string;
const opened: SqliteDatabase[] = [];
const open = (name: string, options: Parameters<typeof openSqlite>[1] = {}): SqliteDatabase => {
  const database = openSqlite(join(folder, name), options);
  opened.push(database);
  return database;
};
const codeOf = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    return isSqliteError(error) ? error.code : `no SqliteError: ${String(error)}`;
  }
  return 'nothing thrown';
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lapse-sqlite-'));
});
afterEach(() => {
  for (const database of opened.splice(0)) database.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('a SQLite database, whichever binding is loaded', () => {
  it('is the one that Node brings, where Node brings one', () => {
    const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
    const builtIn = major > 22 || (major === 22 && minor >= 13);
    expect(sqliteVersion().binding).toBe(builtIn ? 'node:sqlite' : '@photostructure/sqlite');
    expect(sqliteVersion().sqlite).toMatch(/^3\.\d+\.\d+$/);
  });

  it('gives rows as arrays, one at a time or all at once, and bytes as Uint8Array', () => {
    const database = open('a.db');
    database.exec('CREATE TABLE t (a INTEGER, b TEXT, c BLOB) STRICT');
    const insert = database.prepare('INSERT INTO t VALUES (?, ?, ?)');
    expect(insert.run(Number.MAX_SAFE_INTEGER, 'text', new Uint8Array([1, 2]))).toBe(1);
    expect(insert.run(-1, '', new Uint8Array(0))).toBe(1);
    const select = database.prepare('SELECT a, b, c FROM t ORDER BY rowid');
    const rows = [
      [Number.MAX_SAFE_INTEGER, 'text', new Uint8Array([1, 2])],
      [-1, '', new Uint8Array(0)],
    ];
    expect(select.all()).toEqual(rows);
    expect([...select.iterate()]).toEqual(rows);
    expect(select.get()).toEqual(rows[0]);
    expect(database.prepare('SELECT a FROM t WHERE a = 7').get()).toBeUndefined();
  });

  it('lets a loop over rows be left, and the statement be used again', () => {
    const database = open('a.db');
    database.exec('CREATE TABLE t (a INTEGER) STRICT; INSERT INTO t VALUES (1), (2), (3)');
    const select = database.prepare('SELECT a FROM t ORDER BY a');
    for (const row of select.iterate()) if (row[0] === 1) break;
    database.transaction(() => database.exec('INSERT INTO t VALUES (4)'));
    expect(select.all()).toEqual([[1], [2], [3], [4]]);
  });

  it('throws instead of losing digits of a number beyond 2^53 - 1', () => {
    const database = open('a.db');
    expect(() => database.prepare('SELECT 9007199254740993 AS a').get()).toThrow('too large');
  });

  it('does all of a transaction or none of it', () => {
    const database = open('a.db');
    database.exec('CREATE TABLE t (a INTEGER UNIQUE) STRICT');
    const insert = database.prepare('INSERT INTO t VALUES (?)');
    expect(database.transaction(() => insert.run(1) + insert.run(2))).toBe(2);
    expect(
      codeOf(() =>
        database.transaction(() => {
          insert.run(3);
          insert.run(1);
        }),
      ),
    ).toBe('SQLITE_CONSTRAINT_UNIQUE');
    expect(() =>
      database.transaction(() => {
        insert.run(4);
        throw new TypeError('of the caller');
      }),
    ).toThrow(TypeError);
    expect(database.prepare('SELECT a FROM t ORDER BY a').all()).toEqual([[1], [2]]);
  });

  it('tells a full disk, and works again when there is space', () => {
    const database = open('a.db');
    database.exec('PRAGMA max_page_count = 4; CREATE TABLE t (a BLOB) STRICT');
    const insert = database.prepare('INSERT INTO t VALUES (?)');
    const work = (): number => database.transaction(() => insert.run(new Uint8Array(20_000)));
    expect(codeOf(work)).toBe('SQLITE_FULL');
    database.exec('PRAGMA max_page_count = 4000');
    expect(work()).toBe(1);
  });

  it('reads a file that nobody changes without writing anything beside it', () => {
    const writer = openSqlite(join(folder, 'a b?.db'));
    writer.exec('PRAGMA journal_mode = WAL; CREATE TABLE t (a INTEGER) STRICT; INSERT INTO t VALUES (7)');
    writer.close();
    const reader = open('a b?.db', { readOnly: true, immutable: true });
    expect(reader.prepare('SELECT a FROM t').get()).toEqual([7]);
    expect(readdirSync(folder)).toEqual(['a b?.db']);
    expect(codeOf(() => reader.exec('INSERT INTO t VALUES (8)'))).toBe('SQLITE_READONLY');
  });

  it('waits for another connection no longer than it was told to', () => {
    const holder = open('a.db');
    holder.exec('BEGIN EXCLUSIVE');
    expect(codeOf(() => open('a.db').exec('BEGIN IMMEDIATE'))).toBe('SQLITE_BUSY');
    expect(codeOf(() => open('a.db', { busyTimeoutMs: 1 }).exec('BEGIN IMMEDIATE'))).toBe('SQLITE_BUSY');
  });
});

describe('an error of SQLite has the same code with both bindings', () => {
  it('for files that cannot be opened', () => {
    expect(codeOf(() => open('missing/a.db'))).toBe('SQLITE_CANTOPEN');
    expect(codeOf(() => open('missing.db', { readOnly: true }))).toBe('SQLITE_CANTOPEN');
    expect(codeOf(() => openSqlite(folder))).toBe('SQLITE_CANTOPEN');
  });

  it('for a file that is no database', () => {
    writeFileSync(join(folder, 'note.txt'), 'this is no database at all '.repeat(100));
    expect(codeOf(() => open('note.txt').prepare('SELECT name FROM sqlite_schema').all())).toBe('SQLITE_NOTADB');
  });

  it('for a damaged page, whichever way the rows are read', () => {
    const database = open('a.db');
    database.exec('PRAGMA journal_mode = DELETE; CREATE TABLE t (a INTEGER, b BLOB) STRICT');
    database.exec(
      'WITH n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 500) INSERT INTO t SELECT i, zeroblob(200) FROM n',
    );
    const file = openSync(join(folder, 'a.db'), 'r+');
    writeSync(file, new Uint8Array(4096).fill(0xff), 0, 4096, 4096);
    closeSync(file);
    const select = open('a.db').prepare('SELECT a FROM t');
    expect(codeOf(() => select.all())).toMatch(/^SQLITE_CORRUPT/);
    expect(codeOf(() => [...select.iterate()])).toMatch(/^SQLITE_CORRUPT/);
    expect(codeOf(() => select.get())).toMatch(/^SQLITE_CORRUPT/);
    expect(codeOf(() => open('a.db').prepare('DELETE FROM t WHERE a > 7').run())).toMatch(/^SQLITE_CORRUPT/);
  });

  it('for writing read-only, for wrong SQL, for a broken constraint', () => {
    open('a.db').exec('CREATE TABLE t (a INTEGER NOT NULL, b INTEGER CHECK (b > 0)) STRICT');
    expect(codeOf(() => open('a.db', { readOnly: true }).exec('INSERT INTO t VALUES (1, 1)'))).toBe('SQLITE_READONLY');
    expect(codeOf(() => open('a.db').exec('SELEC 1'))).toBe('SQLITE_ERROR');
    expect(codeOf(() => open('a.db').prepare('INSERT INTO t VALUES (1, 0)').run())).toBe('SQLITE_CONSTRAINT_CHECK');
    expect(codeOf(() => open('a.db').prepare('INSERT INTO t VALUES (?, 1)').run(null))).toBe(
      'SQLITE_CONSTRAINT_NOTNULL',
    );
  });

  it('for a database that was closed, which may be done twice', () => {
    const database = open('a.db');
    const select = database.prepare('SELECT 1 AS a');
    database.close();
    database.close();
    expect(database.isOpen).toBe(false);
    expect(codeOf(() => database.exec('SELECT 1'))).toBe('SQLITE_MISUSE');
    expect(codeOf(() => select.all())).toBe('SQLITE_MISUSE');
  });

  it('and a value of a wrong type stays the mistake of whoever passed it', () => {
    const select = open('a.db').prepare('SELECT ? AS a');
    expect(() => select.get(undefined as unknown as string)).toThrow('cannot be bound');
  });

  it('and knows its primary code', () => {
    const database = open('a.db');
    database.exec('CREATE TABLE t (a INTEGER UNIQUE) STRICT; INSERT INTO t VALUES (1)');
    try {
      database.exec('INSERT INTO t VALUES (1)');
    } catch (error) {
      expect(isSqliteError(error) && error.primaryCode).toBe('SQLITE_CONSTRAINT');
    }
    expect.assertions(1);
  });
});
