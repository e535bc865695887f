export * from './errors.js';
export * from './events/index.js';
export * from './ids.js';
export * from './limits.js';
export * from './merchant/index.js';
export * from './session/index.js';
export * from './streams.js';
export * from './time.js';
