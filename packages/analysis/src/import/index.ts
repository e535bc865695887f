export * from './as-recorded.js';
export * from './import-error.js';
export type { ImportProgress } from './read-source.js';
export * from './summary.js';
export * from './under-rules.js';
