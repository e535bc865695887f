export { type SqliteInput } from './binding.js';
export { openSqlite, SqliteDatabase, sqliteVersion, type OpenSqliteOptions } from './database.js';
export { isSqliteError, SqliteError } from './error.js';
export { SqliteStatement, type SqliteValue } from './statement.js';
