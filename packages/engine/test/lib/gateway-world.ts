import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { DEFAULT_GATEWAY_LIMITS, type GatewayOptions } from '@lapse/eventstoredb-gateway';
import type { EventStore, FactsExtractor, Position } from '@lapse/store';
import { openEventStoreDbStore, type EventStoreDbOptions } from '@lapse/store-eventstoredb';
import { openSqliteStore } from '@lapse/store-sqlite';
import { seededRandom, tempFolder } from './world.js';

export const sleep = (ms: number, signal?: AbortSignal): Promise<void> => wait(ms, undefined, { signal, ref: false });

const NO_FACTS: FactsExtractor = () => ({ kind: 0, atMs: 0, flags: 0 });

/** An embedded log in a file of its own, as an engine opens it for a gateway. */
export const embeddedLog = (extractFacts = NO_FACTS): Promise<EventStore> =>
  openSqliteStore({
    file: join(tempFolder(), 'events.db'),
    extractFacts,
    nowMs: Date.now,
    newIdentity: () => '00000000-0000-4000-8000-000000000001',
    appendBytesMax: DEFAULT_GATEWAY_LIMITS.appendBytesMax,
  });

/** A gateway of it on a free port, for everybody on this machine. */
export const gatewayOver = (store: EventStore): GatewayOptions => ({
  store,
  positionToNumber: Number,
  positionFromNumber: (number) => String(number) as Position,
  authorize: () => 'ok',
  isProtected: (stream) => stream.startsWith('session-'),
  nowMs: Date.now,
  random: seededRandom(1),
  sleep,
  host: '127.0.0.1',
  port: 0,
});

/** Each has chances of its own: ids of logs are drawn from them. */
let adapters = 1;

export const adapterTo = (port: number, options: Partial<EventStoreDbOptions> = {}): EventStore =>
  openEventStoreDbStore({
    connectionString: `esdb://127.0.0.1:${port}?tls=false`,
    extractFacts: NO_FACTS,
    nowMs: Date.now,
    random: seededRandom((adapters += 1)),
    sleep,
    onTrouble: () => undefined,
    ...options,
  });
