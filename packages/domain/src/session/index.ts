export * from './admit.js';
export * from './close.js';
export * from './deadline.js';
export * from './explain.js';
export * from './fold.js';
export * from './fold-event.js';
export * from './state.js';
export * from './view.js';
