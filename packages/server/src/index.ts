export {
  createServer,
  type Drained,
  type LapseServer,
  type ListenOptions,
  type ServerAddress,
} from './create-server.js';
export { defaultLimits, type ServerLimits } from './limits.js';
export type { Readiness, ServerDependencies, Views } from './ports.js';
