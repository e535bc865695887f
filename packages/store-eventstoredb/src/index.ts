export { BadConnectionString, maskedConnectionString } from './connection/connection-string.js';
export { inspectEventStoreDb, type InspectOptions, type Inspection, type NodeInspection } from './inspect.js';
export type { KnownFault } from './known-faults.js';
export { openEventStoreDbStore } from './open.js';
export { DEADLINES, LIMITS, type Deadlines, type EventStoreDbOptions, type Limits, type Trouble } from './options.js';
export type { Sleep } from './time.js';
