import { isIPv4 } from 'node:net';
import type { EngineConfig } from './config.js';
import { EngineError } from './engine-error.js';

const isThisMachineAlone = (host: string): boolean =>
  host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));

/** Throws where the settings would serve the log to people who are not asked who they are, or whose passwords would be read. */
export const checkExposure = (config: EngineConfig): void => {
  const { eventstoredbTlsCert, eventstoredbTlsKey, eventstoredbUsers } = config;
  const { eventstoredbHost: host, eventstoredbAllowAnyone: allowAnyone } = config;
  if ((eventstoredbTlsCert === undefined) !== (eventstoredbTlsKey === undefined)) {
    throw new EngineError(
      'gateway-tls-incomplete',
      'TLS needs both: --eventstoredb-tls-cert and --eventstoredb-tls-key',
    );
  }
  if (eventstoredbUsers !== undefined && eventstoredbTlsCert === undefined) {
    throw new EngineError(
      'gateway-users-need-tls',
      'clients send names and passwords over TLS alone: add --eventstoredb-tls-cert and --eventstoredb-tls-key',
    );
  }
  if (eventstoredbUsers === undefined && !allowAnyone && !isThisMachineAlone(host)) {
    throw new EngineError(
      'gateway-open-to-anyone',
      `${host} is reached from other machines: add --eventstoredb-users and TLS, or let everybody in with --eventstoredb-allow-anyone`,
    );
  }
};
