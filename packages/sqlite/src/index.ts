export { type SqliteInput } from './binding.js';
export { Busy, startGuarded } from './busy.js';
export { openSqlite, SqliteDatabase, sqliteVersion, type OpenSqliteOptions } from './database.js';
export { isSqliteError, SqliteError } from './error.js';
export { stepBack } from './step-back.js';
export { SqliteStatement, type SqliteValue } from './statement.js';
