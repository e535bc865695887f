import { join } from 'node:path';
import { extractFacts, newUlid, uuidFromUlid } from '@lapse/domain';
import { DEFAULT_GATEWAY_LIMITS } from '@lapse/eventstoredb-gateway';
import type { EventStore } from '@lapse/store';
import { openEventStoreDbStore, type Trouble } from '@lapse/store-eventstoredb';
import { openSqliteStore } from '@lapse/store-sqlite';
import type { EngineOptions } from './engine-options.js';
import { sleepOn } from './sleep.js';

/** The log that the configuration names: embedded, or on an EventStoreDB node or cluster. */
export const openLog = async (options: EngineOptions): Promise<EventStore> => {
  const { config, nowMs, random, setTimer, log } = options;
  if (config.store !== undefined) {
    return openEventStoreDbStore({
      connectionString: config.store,
      extractFacts,
      nowMs,
      random,
      sleep: sleepOn(setTimer),
      onTrouble: ({ kind, message }: Trouble) => log?.({ level: 'warn', what: kind, message }),
    });
  }
  return openSqliteStore({
    file: join(config.dataDir, 'events.db'),
    extractFacts,
    nowMs,
    newIdentity: () => uuidFromUlid(newUlid(nowMs(), random)),
    // What clients of the gateway may send counts differently from what Lapse itself writes.
    appendBytesMax: DEFAULT_GATEWAY_LIMITS.appendBytesMax,
  });
};
