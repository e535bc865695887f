export type { SetTimer } from './changes.js';
export { openSqliteStore } from './open.js';
export type { SqliteReaderOptions, SqliteStoreOptions, SqliteWriterOptions } from './options.js';
