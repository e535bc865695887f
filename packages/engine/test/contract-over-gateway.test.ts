import { afterEach } from '@jest/globals';
import { createGateway, DEFAULT_GATEWAY_LIMITS } from '@lapse/eventstoredb-gateway';
import type { EventStore } from '@lapse/store';
import { describeEventStoreContract } from '@lapse/store/contract';
import type { EventStoreDbOptions } from '@lapse/store-eventstoredb';
import { adapterTo, embeddedLog, gatewayOver } from './lib/gateway-world.js';
import { cleanUp } from './lib/world.js';

afterEach(cleanUp);

/** One of them, what `auto` takes here, is enough every day: over a server of the tests' own the suite runs by both. */
const appendPaths: readonly NonNullable<EventStoreDbOptions['appendPath']>[] =
  process.env['LAPSE_TEST_LONG'] === undefined ? ['auto'] : ['auto', 'classic'];

for (const appendPath of appendPaths) {
  describeEventStoreContract(`the EventStoreDB store (${appendPath} appends) over the gateway of an embedded log`, {
    interleavings: 20,
    appendBytesMax: DEFAULT_GATEWAY_LIMITS.appendDataBytesMax,
    seed: 7,
    // Which of two equal appends was the first is not told on the wire, and names of the system's are hidden.
    capabilities: { reopens: true, tellsRepeats: false, keepsJsonBytes: true, keepsSystemNames: false },
    open: async ({ extractFacts }) => {
      const log = await embeddedLog(extractFacts);
      const gateway = await createGateway(gatewayOver(log));
      const opened: EventStore[] = [];
      const open = (): EventStore => {
        opened.push(adapterTo(gateway.address.port, { extractFacts, appendPath }));
        return opened.at(-1)!;
      };
      const closeAdapters = async (): Promise<void> => {
        await Promise.all(opened.map((store) => store.close()));
      };
      return {
        store: open(),
        reopen: async () => {
          await closeAdapters();
          return open();
        },
        dispose: async () => {
          await closeAdapters();
          await gateway.close();
          await log.close();
        },
      };
    },
  });
}
