import type { EventStoreDbOptions } from '../../src/index.js';
import { SERVE, type AppendFate, type AppendSeen } from './fates.js';
import { storeWith, type Bench } from './with-store.js';

export const QUICK = { appendTryMs: 150, appendTotalMs: 10_000, backoffFirstMs: 2, backoffMaxMs: 10 };
export const PATHS = ['batch', 'classic'] as const;
export type Path = (typeof PATHS)[number];

export const withStore = (
  path: Path,
  work: (bench: Bench) => Promise<void>,
  options: Partial<EventStoreDbOptions> = {},
): Promise<void> => storeWith({ deadlines: QUICK, appendPath: path === 'batch' ? 'auto' : 'classic' })(work, options);

/** The first appends meet these fates in this order, all later ones are served. */
export const firstMeet =
  (...fates: AppendFate[]) =>
  ({ n }: AppendSeen): AppendFate =>
    fates[n - 1] ?? SERVE;
