import { describe, expect, it } from '@jest/globals';
import { loadBinding, type RawStatement } from '../src/binding.js';
import { resultCodeName } from '../src/result-codes.js';
import { SqliteStatement } from '../src/statement.js';

/** What Node 22.13 to 22.15 give: the same statement, only that rows can be had as objects alone. */
const withObjectsOnly = (sql: string): SqliteStatement => {
  const { DatabaseSync } = loadBinding().binding;
  const raw = new DatabaseSync(':memory:', { readOnly: false }).prepare(sql);
  const objectsOnly: RawStatement = {
    run: (...parameters) => raw.run(...parameters),
    get: (...parameters) => raw.get(...parameters),
    all: (...parameters) => raw.all(...parameters),
    iterate: (...parameters) => raw.iterate(...parameters),
  };
  return new SqliteStatement(objectsOnly, ':memory:');
};

describe('a Node whose statements cannot return arrays', () => {
  it('gives the same rows', () => {
    const statement = withObjectsOnly("SELECT 1 AS b, 'x' AS a UNION ALL SELECT 2, 'y' ORDER BY 1");
    expect(statement.all()).toEqual([
      [1, 'x'],
      [2, 'y'],
    ]);
    expect(statement.get()).toEqual([1, 'x']);
    expect([...statement.iterate()]).toEqual([
      [1, 'x'],
      [2, 'y'],
    ]);
  });
});

describe('the name of a result code', () => {
  it.each([
    [5, 'SQLITE_BUSY'],
    [261, 'SQLITE_BUSY_RECOVERY'],
    [516, 'SQLITE_ABORT_ROLLBACK'],
    [1034, 'SQLITE_IOERR_FSYNC'],
    [778, 'SQLITE_IOERR_WRITE'],
    [1032, 'SQLITE_READONLY_DBMOVED'],
    [1555, 'SQLITE_CONSTRAINT_PRIMARYKEY'],
    [2067, 'SQLITE_CONSTRAINT_UNIQUE'],
    [3091, 'SQLITE_CONSTRAINT_DATATYPE'],
    [526, 'SQLITE_CANTOPEN_ISDIR'],
    [779, 'SQLITE_CORRUPT_INDEX'],
    [8714, 'SQLITE_IOERR_IN_PAGE'],
    [65_285, 'SQLITE_BUSY'],
    [200, 'SQLITE_200'],
  ])('%d is %s', (code, name) => expect(resultCodeName(code)).toBe(name));
});
