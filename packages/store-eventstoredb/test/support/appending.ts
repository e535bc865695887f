import type { EventStoreDbOptions } from '../../src/index.js';
import { openOver, type Opened } from './ambient.js';
import { SERVE, type AppendFate, type AppendSeen } from './fates.js';
import { withServer, type FaultServer } from './fault-server.js';

export const QUICK = { appendTryMs: 150, appendTotalMs: 10_000, backoffFirstMs: 2, backoffMaxMs: 10 };
export const PATHS = ['batch', 'classic'] as const;
export type Path = (typeof PATHS)[number];

export const withStore = (
  path: Path,
  work: (bench: { server: FaultServer; store: Opened }) => Promise<void>,
  options: Partial<EventStoreDbOptions> = {},
): Promise<void> =>
  withServer(async (server) => {
    const appendPath = path === 'batch' ? 'auto' : 'classic';
    const { store } = openOver(server.connectionString(), { deadlines: QUICK, appendPath, ...options });
    try {
      await work({ server, store });
    } finally {
      await store.close();
    }
  });

/** The first appends meet these fates in this order, all later ones are served. */
export const firstMeet =
  (...fates: AppendFate[]) =>
  ({ n }: AppendSeen): AppendFate =>
    fates[n - 1] ?? SERVE;
