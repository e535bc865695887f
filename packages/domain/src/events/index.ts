export * from './facts.js';
export * from './read.js';
export * from './schemas.js';
export * from './write.js';
