export { engineConfig, type EngineConfig } from './config.js';
export { EngineError, type EngineErrorCode } from './engine-error.js';
export { openEngine, type Engine } from './engine.js';
export { hashPassword, SALT_BYTES } from './gateway-password.js';
export { gatewayRole, gatewayUserName } from './gateway-users.js';
export type { EngineOptions } from './engine-options.js';
export { readinessOf, type Readiness, type ReadyCheck } from './readiness.js';
export { advanceEngine, runOutClock, VirtualClock } from './virtual-clock.js';
export { placeNumber } from './place-number.js';
