/** For tests of whatever speaks to a gateway: faults in its answers, and a proxy that breaks connections. */
export { createGatewayWithFaults } from '../create-with-faults.js';
export { Failure, handlerThrew, notReady, timedOut } from '../failure.js';
export type { Fate, Faults } from '../faults.js';
export { createTcpProxy, type TcpProxy } from './tcp-proxy.js';
