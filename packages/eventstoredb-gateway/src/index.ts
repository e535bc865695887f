export { createGateway } from './gateway.js';
export { DEFAULT_GATEWAY_LIMITS, type GatewayLimits } from './limits.js';
export type {
  AccessAnswer,
  AccessQuestion,
  Action,
  Authorize,
  Credentials,
  Gateway,
  GatewayLogLine,
  GatewayOptions,
  GatewayStats,
  GatewayTls,
} from './options.js';
