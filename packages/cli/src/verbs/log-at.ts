import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { extractFacts, newUlid, uuidFromUlid } from '@lapse/domain';
import type { EngineConfig } from '@lapse/engine';
import type { EventStore } from '@lapse/store';
import { maskedConnectionString, openEventStoreDbStore } from '@lapse/store-eventstoredb';
import { openSqliteStore } from '@lapse/store-sqlite';
import { CliError } from '../cli-error.js';
import { setTimer, sleep, type Io } from '../io.js';

const CONNECTION = /^[a-z]+(\+discover)?:\/\//i;
/** As much as the gateway takes: a log that it wrote can be copied. */
const APPEND_BYTES_MAX = 16 * 1_048_576;

/** Whether a place is a connection string; otherwise it is a data folder. */
export const isConnection = (place: string): boolean => CONNECTION.test(place);

/** A place as it may be shown: no password. */
export const shownPlace = (place: string): string => (isConnection(place) ? maskedConnectionString(place) : place);

/** Where the configuration says that the log lies. */
export const placeOf = (config: EngineConfig): string => config.store ?? config.dataDir;

/** The log of a data folder or behind a connection string, without an engine around it. What was mended is told on stderr. */
export const openLogAt = async (io: Io, place: string, access: 'read' | 'write'): Promise<EventStore> => {
  const { nowMs, random } = io;
  if (isConnection(place)) {
    const onTrouble = ({ message }: { readonly message: string }): void => io.err(`mended: ${message}\n`);
    return openEventStoreDbStore({ connectionString: place, extractFacts, nowMs, random, sleep, onTrouble });
  }
  const file = join(place, 'events.db');
  if (access === 'write') {
    const newIdentity = (): string => uuidFromUlid(newUlid(nowMs(), random));
    return openSqliteStore({ file, extractFacts, nowMs, newIdentity, appendBytesMax: APPEND_BYTES_MAX });
  }
  if (existsSync(file)) return openSqliteStore({ readOnly: true, readsAhead: true, file, extractFacts, setTimer });
  throw new CliError('no-data-folder', `there is no log at ${file}: name its folder, or a connection string`);
};

export { placeNumber } from '@lapse/engine';
