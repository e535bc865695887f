import { setTimeout as sleepMs } from 'node:timers/promises';
import { EventStoreDBClient } from '@eventstore/db-client';
import { createMemoryStore, type EventStore, type Position } from '@lapse/store';
import { createGatewayWithFaults } from '../../src/create-with-faults.js';
import type { Faults } from '../../src/faults.js';
import type { Gateway, GatewayOptions } from '../../src/index.js';
import { rawClient, type RawClient } from './raw-client.js';

const BYTES_MAX = 17 * 1_048_576;

export const memoryStore = (nowMs: () => number = Date.now): EventStore =>
  createMemoryStore({
    extractFacts: () => ({ kind: 0, atMs: 0, flags: 0 }),
    nowMs,
    identity: 'test',
    appendBytesMax: BYTES_MAX,
  });

export interface Bench {
  readonly store: EventStore;
  readonly gateway: Gateway;
  readonly client: EventStoreDBClient;
  readonly raw: RawClient;
  /** Another client of the same gateway, with a connection of its own. */
  newClient(settings?: string): EventStoreDBClient;
  readonly url: string;
}

export interface BenchOptions extends Partial<GatewayOptions> {
  readonly faults?: Faults;
}

export const gatewayOptions = (store: EventStore): GatewayOptions => ({
  store,
  positionToNumber: (position) => Number(position),
  positionFromNumber: (number) => String(number) as Position,
  authorize: () => 'ok',
  isProtected: (stream) => /^(session|merchant|ops)-/.test(stream),
  nowMs: Date.now,
  random: Math.random,
  sleep: (ms, signal) => sleepMs(ms, undefined, { signal, ref: false }),
  host: '127.0.0.1',
  port: 0,
});

let keepAliveMs = 10_000;

/** Connections are shared by equal settings, so every client has its own. */
const clientOf = (port: number, settings = ''): EventStoreDBClient => {
  keepAliveMs += 1;
  return EventStoreDBClient.connectionString(
    `esdb://127.0.0.1:${port}?tls=false&keepAliveInterval=${keepAliveMs}${settings}`,
  );
};

/** A gateway over a memory store on a socket of its own, with both kinds of clients; everything is closed afterwards. */
export const withBench = async (
  work: (bench: Bench) => Promise<void>,
  { faults, ...options }: BenchOptions = {},
): Promise<void> => {
  const store = options.store ?? memoryStore(options.nowMs);
  const gateway = await createGatewayWithFaults({ ...gatewayOptions(store), ...options, store }, faults ?? {});
  const { port } = gateway.address;
  const clients: EventStoreDBClient[] = [];
  const newClient = (settings?: string): EventStoreDBClient => {
    const client = clientOf(port, settings);
    clients.push(client);
    return client;
  };
  const raw = rawClient(port);
  try {
    await work({ store, gateway, client: newClient(), raw, newClient, url: `127.0.0.1:${port}` });
  } finally {
    for (const client of clients) await client.dispose();
    raw.close();
    await gateway.close();
  }
};

/** Waits until it is so; gives up with the message after five seconds. */
export const until = async (isSo: () => boolean | Promise<boolean>, message: string): Promise<void> => {
  for (let i = 0; i < 500; i += 1) {
    if (await isSo()) return;
    await sleepMs(10);
  }
  throw new Error(`waited in vain: ${message}`);
};
