import type { EventStoreDbOptions, Trouble } from '../../src/index.js';
import { openOver, type Opened } from './ambient.js';
import { withServer, type FaultServer } from './fault-server.js';

export interface Bench {
  readonly server: FaultServer;
  readonly store: Opened;
  readonly troubles: Trouble[];
}

export type BenchOptions = Partial<EventStoreDbOptions> & {
  /** More of the connection string. */
  readonly strings?: string;
};

/** A store over a server with faults, opened with these options unless a test says otherwise, and closed behind it. */
export const storeWith =
  (usual: Partial<EventStoreDbOptions>) =>
  (work: (bench: Bench) => Promise<void>, { strings, ...options }: BenchOptions = {}): Promise<void> =>
    withServer(async (server) => {
      const { store, troubles } = openOver(server.connectionString(strings), { ...usual, ...options });
      try {
        await work({ server, store, troubles });
      } finally {
        await store.close();
      }
    });
