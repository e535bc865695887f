export * from './append-rule.js';
export * from './errors.js';
export { fullJitterMs, WAIT_MS_MAX, type Backoff } from './follow/backoff.js';
export { follow, isTransient, type FollowOptions, type FollowTrouble } from './follow/follow.js';
export type { Idle } from './follow/watch-for-silence.js';
export { createMemoryStore, type MemoryStoreOptions } from './memory/store.js';
export * from './port.js';
export { readWholeStream, type ReadWholeStreamOptions } from './read-whole-stream.js';
export * from './validate.js';
