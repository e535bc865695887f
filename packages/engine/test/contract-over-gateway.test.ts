import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach } from '@jest/globals';
import { createGateway, DEFAULT_GATEWAY_LIMITS } from '@lapse/eventstoredb-gateway';
import type { EventStore, Position } from '@lapse/store';
import { describeEventStoreContract, type OpenOptions } from '@lapse/store/contract';
import { openEventStoreDbStore, type EventStoreDbOptions } from '@lapse/store-eventstoredb';
import { openSqliteStore } from '@lapse/store-sqlite';
import { cleanUp, seededRandom, tempFolder } from './lib/world.js';

afterEach(cleanUp);

const sleep = (ms: number, signal: AbortSignal): Promise<void> => wait(ms, undefined, { signal, ref: false });

/** Each has chances of its own: ids of logs are drawn from them. */
let clients = 1;

/** An embedded log in a file of its own, served on a real socket. */
const serve = async ({ extractFacts }: OpenOptions) => {
  const store = await openSqliteStore({
    file: join(tempFolder(), 'events.db'),
    extractFacts,
    nowMs: Date.now,
    newIdentity: () => '00000000-0000-4000-8000-000000000001',
    appendBytesMax: DEFAULT_GATEWAY_LIMITS.appendBytesMax,
  });
  const gateway = await createGateway({
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
  const close = async (): Promise<void> => {
    await gateway.close();
    await store.close();
  };
  return { connection: `esdb://127.0.0.1:${gateway.address.port}?tls=false`, close };
};

for (const appendPath of ['auto', 'classic'] satisfies EventStoreDbOptions['appendPath'][]) {
  describeEventStoreContract(`the EventStoreDB store (${appendPath} appends) over the gateway of an embedded log`, {
    interleavings: 20,
    appendBytesMax: DEFAULT_GATEWAY_LIMITS.appendDataBytesMax,
    seed: 7,
    // Which of two equal appends was the first is not told on the wire, and names of the system's are hidden.
    capabilities: { reopens: true, tellsRepeats: false, keepsJsonBytes: true, keepsSystemNames: false },
    open: async (options) => {
      const served = await serve(options);
      const opened: EventStore[] = [];
      const open = (): EventStore => {
        const store = openEventStoreDbStore({
          connectionString: served.connection,
          extractFacts: options.extractFacts,
          appendPath,
          nowMs: Date.now,
          random: seededRandom((clients += 1)),
          sleep,
          onTrouble: () => undefined,
        });
        opened.push(store);
        return store;
      };
      const closeClients = async (): Promise<void> => {
        await Promise.all(opened.map((store) => store.close()));
      };
      return {
        store: open(),
        reopen: async () => {
          await closeClients();
          return open();
        },
        dispose: async () => {
          await closeClients();
          await served.close();
        },
      };
    },
  });
}
