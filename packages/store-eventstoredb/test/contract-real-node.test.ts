import { describeEventStoreContract } from '@lapse/store/contract';
import { randomUUID } from 'node:crypto';
import { openOver } from './ambient.js';
const url = process.env['LAPSE_ESDB_URL'];
if (url !== undefined) {
  describeEventStoreContract('EventStoreDB, a real node', {
    open: async ({ extractFacts }) => {
      const streamPrefix = `${randomUUID().slice(0, 13)}-`;
      const opened = [
        openOver(url, { extractFacts, streamPrefix, ...(process.env['CLASSIC'] ? { appendPath: 'classic' } : {}) })
          .store,
      ];
      return {
        store: opened[0]!,
        reopen: async () => {
          await opened[0]!.close();
          opened.push(openOver(url, { extractFacts, streamPrefix }).store);
          return opened.at(-1)!;
        },
        dispose: async () => {
          await Promise.all(opened.map((store) => store.close()));
        },
      };
    },
    interleavings: 40,
    appendBytesMax: 1_048_576,
    seed: 7,
    capabilities: { reopens: true, tellsRepeats: false, keepsJsonBytes: true, keepsSystemNames: false },
  });
}
