export { createCommands } from './create-commands.js';
export * from './types.js';
