export { DeadlineIndex, DUE_MS_MAX, type DeadlineIndexOptions } from './deadlines/deadline-index.js';
export { KeySlots } from './deadlines/key-slots.js';
export { type TimeoutLimits, type TimeoutSettings } from './settings.js';
export { TimeoutMetrics } from './sweep/metrics.js';
export { type SweepState } from './sweep/sweep.js';
export { createTimeouts, type Timeouts, type TimeoutsOptions, type TimeoutsStatus } from './timeouts.js';
