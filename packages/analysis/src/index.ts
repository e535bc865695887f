export * from './copy/index.js';
export * from './import/index.js';
