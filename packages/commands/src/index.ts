export { createCommands } from './create-commands.js';
export { readDecisions, skipOf, type Decisions, type PlacedDecision } from './decisions.js';
export * from './types.js';
