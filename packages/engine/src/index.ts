export { engineConfig, type EngineConfig } from './config.js';
export { EngineError, type EngineErrorCode } from './engine-error.js';
export { openEngine, type Engine, type EngineOptions } from './engine.js';
export type { Readiness, ReadyCheck } from './readiness.js';
export { advanceEngine, runOutClock, VirtualClock } from './virtual-clock.js';
