import type { StreamNames } from '@lapse/domain';
import { createGateway, type Gateway, type GatewayTls } from '@lapse/eventstoredb-gateway';
import type { EventStore, Position } from '@lapse/store';
import { EngineError } from './engine-error.js';
import type { EngineOptions } from './engine-options.js';
import { authorizeUsers } from './gateway-authorize.js';
import { checkExposure } from './gateway-exposure.js';
import { readGatewayTls } from './gateway-tls.js';
import { readGatewayUsers } from './gateway-users.js';
import { sleepOn } from './sleep.js';

/** Beside the streams that {@link StreamNames} knows: what engines over the wire keep for themselves, such as a log's identity. */
const OWN_PREFIX = 'lapse-';

export type { Gateway } from '@lapse/eventstoredb-gateway';

/**
 * Serves the embedded log over EventStoreDB's protocol where the configuration asks for it. Streams of Lapse's own cannot be
 * deleted or cut through it: the log is the truth. Throws where it would be open to whom nobody meant, and for files that
 * cannot be used.
 */
export const serveGateway = async (
  options: EngineOptions,
  store: EventStore,
  names: StreamNames,
): Promise<Gateway | undefined> => {
  const { config, nowMs, random, setTimer, log } = options;
  const { eventstoredbPort: port, eventstoredbHost: host } = config;
  if (port === undefined) return undefined;
  if (config.store !== undefined) {
    throw new EngineError(
      'gateway-needs-embedded-store',
      'the gateway serves the embedded log: name a store or a gateway port, not both',
    );
  }
  checkExposure(config);
  const users = config.eventstoredbUsers === undefined ? undefined : readGatewayUsers(config.eventstoredbUsers);
  const tls = tlsOf(options);
  return createGateway({
    store,
    host,
    port,
    nowMs,
    random,
    sleep: sleepOn(setTimer),
    positionToNumber: Number,
    positionFromNumber: (number) => String(number) as Position,
    authorize: users === undefined ? () => 'ok' : authorizeUsers(users, names),
    isProtected: (stream) => names.read(stream).kind !== 'foreign' || stream.startsWith(OWN_PREFIX),
    ...(tls === undefined ? {} : { tls }),
    ...(log === undefined ? {} : { log: ({ level, message }) => log({ level, what: 'gateway', message }) }),
  });
};

const tlsOf = ({ config, nowMs, log }: EngineOptions): GatewayTls | undefined => {
  const { eventstoredbTlsCert: certificate, eventstoredbTlsKey: key } = config;
  if (certificate === undefined || key === undefined) return undefined;
  return readGatewayTls(certificate, key, nowMs(), (message) => log?.({ level: 'warn', what: 'gateway', message }));
};
