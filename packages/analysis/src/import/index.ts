export * from './as-recorded.js';
export * from './import-error.js';
export type { SourceEvent } from './format.js';
export { readSourceSessions, type ImportProgress, type SourceSession } from './read-source.js';
export * from './summary.js';
export * from './under-rules.js';
