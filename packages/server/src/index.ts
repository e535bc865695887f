export {
  createServer,
  type Drained,
  type LapseServer,
  type ListenOptions,
  type ServerAddress,
} from './create-server.js';
export { defaultLimits, type ServerLimits } from './limits.js';
export type {
  ListPage,
  ListQuery,
  ProjectionStatus,
  QueueKey,
  QueueRow,
  Readiness,
  ServerDependencies,
  SessionKey,
  SessionRow,
  Views,
} from './ports.js';
