export * from './append-rule.js';
export * from './errors.js';
export { createMemoryStore, type MemoryStoreOptions } from './memory/store.js';
export * from './port.js';
export * from './validate.js';
export * from './read-whole-stream.js';
