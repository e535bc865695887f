import type { StreamNames } from '@lapse/domain';
import { createGateway, type Gateway } from '@lapse/eventstoredb-gateway';
import type { EventStore, Position } from '@lapse/store';
import { EngineError } from './engine-error.js';
import type { EngineOptions } from './engine-options.js';
import { sleepOn } from './sleep.js';

export type { Gateway } from '@lapse/eventstoredb-gateway';

/**
 * Serves the embedded log over EventStoreDB's protocol where the configuration asks for it. Streams of Lapse's own cannot be
 * deleted or cut through it: the log is the truth.
 */
export const serveGateway = async (
  { config, nowMs, random, setTimer, log }: EngineOptions,
  store: EventStore,
  names: StreamNames,
): Promise<Gateway | undefined> => {
  const { eventstoredbPort: port, eventstoredbHost: host } = config;
  if (port === undefined) return undefined;
  if (config.store !== undefined) {
    throw new EngineError(
      'gateway-needs-embedded-store',
      'the gateway serves the embedded log: name a store or a gateway port, not both',
    );
  }
  return createGateway({
    store,
    host,
    port,
    nowMs,
    random,
    sleep: sleepOn(setTimer),
    positionToNumber: Number,
    positionFromNumber: (number) => String(number) as Position,
    authorize: () => 'ok',
    isProtected: (stream) => names.read(stream).kind !== 'foreign',
    ...(log === undefined ? {} : { log: ({ level, message }) => log({ level, what: 'gateway', message }) }),
  });
};
