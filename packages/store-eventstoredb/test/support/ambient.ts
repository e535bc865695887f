import { setTimeout as wait } from 'node:timers/promises';
import type { FactsExtractor } from '@lapse/store';
import { openEventStoreDbStore, type EventStoreDbOptions, type Trouble } from '../../src/index.js';

const NO_FACTS: FactsExtractor = () => ({ kind: 0, atMs: 0, flags: 0 });

/** Real time; awake as soon as the signal aborts. */
export const sleep = (ms: number, signal: AbortSignal): Promise<void> => wait(ms, undefined, { signal });

export type Opened = ReturnType<typeof openEventStoreDbStore>;

/** A store over whatever listens at the address, with what it told of its troubles. */
export const openOver = (
  connectionString: string,
  options: Partial<EventStoreDbOptions> = {},
): { readonly store: Opened; readonly troubles: Trouble[] } => {
  const troubles: Trouble[] = [];
  const store = openEventStoreDbStore({
    connectionString,
    extractFacts: NO_FACTS,
    nowMs: () => Date.now(),
    random: Math.random,
    sleep,
    onTrouble: (trouble) => troubles.push(trouble),
    ...options,
  });
  return { store, troubles };
};
