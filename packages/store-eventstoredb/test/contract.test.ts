import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { describeEventStoreContract, type EventStoreContract } from '@lapse/store/contract';
import type { EventStoreDbOptions } from '../src/index.js';
import { openOver, type Opened } from './support/ambient.js';
import { FaultServer } from './support/fault-server.js';

/** A node to be held to the contract as well, where somebody names one: `esdb://127.0.0.1:2113?tls=false`. */
const REAL_NODE = process.env['LAPSE_ESDB_URL'];

const rest: Omit<EventStoreContract, 'open'> = {
  interleavings: 20,
  appendBytesMax: 1_048_576,
  seed: 7,
  capabilities: { reopens: true, tellsRepeats: true, keepsJsonBytes: true, keepsSystemNames: false },
};

const openEach = (
  connectionString: string,
  options: Partial<EventStoreDbOptions>,
): { store: Opened; reopen: () => Promise<Opened>; dispose: () => Promise<void> } => {
  const opened: Opened[] = [openOver(connectionString, options).store];
  const closeAll = async (): Promise<void> => {
    await Promise.all(opened.map((store) => store.close()));
  };
  const reopen = async (): Promise<Opened> => {
    await closeAll();
    const { store } = openOver(connectionString, options);
    opened.push(store);
    return store;
  };
  return { store: opened[0]!, reopen, dispose: closeAll };
};

for (const appendPath of ['auto', 'classic'] as const) {
  describeEventStoreContract(`the EventStoreDB store (${appendPath} appends) over the protocol`, {
    ...rest,
    open: async ({ extractFacts }) => {
      const server = await new FaultServer().start();
      const opened = openEach(server.connectionString(), { extractFacts, appendPath });
      return {
        ...opened,
        dispose: async () => {
          await opened.dispose();
          await server.stop();
          if (appendPath === 'classic') expect(server.counts.batchCalls).toBe(0);
        },
      };
    },
  });

  if (REAL_NODE !== undefined) {
    // Each case has its own prefix: the log of a node cannot be emptied.
    describeEventStoreContract(`the EventStoreDB store (${appendPath} appends) over a real node`, {
      ...rest,
      open: async ({ extractFacts }) =>
        openEach(REAL_NODE, { extractFacts, appendPath, streamPrefix: `${randomUUID().slice(0, 13)}-` }),
    });
  }
}

describe('the paths that appends take', () => {
  it('sends no batch append at all where classic appends are asked for, and no classic one where batches are offered', async () => {
    const server = await new FaultServer().start();
    const event = {
      id: randomUUID(),
      type: 't',
      contentType: 'application/json',
      data: new Uint8Array(),
      metadata: new Uint8Array(),
    } as const;
    const classic = openOver(server.connectionString(), { appendPath: 'classic' }).store;
    const batch = openOver(server.connectionString()).store;
    await classic.append('a', [event], -1);
    expect(server.counts).toMatchObject({ classicAppends: 1, batchCalls: 0 });
    await batch.append('b', [event], -1);
    expect(server.counts).toMatchObject({ classicAppends: 1, batchCalls: 1, batchAppends: 1 });
    await Promise.all([classic.close(), batch.close()]);
    await server.stop();
  });
});
