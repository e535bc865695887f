import { join } from 'node:path';
import { streamNames, type StreamNames } from '@lapse/domain';
import { placeNumber } from '@lapse/engine';
import { builtInProjectors, type LogLine, type Place } from '@lapse/projections';
import type { EventStore } from '@lapse/store';
import { readConfig } from '../../config.js';
import { setTimer, type Io } from '../../io.js';
import { openLogAt, placeOf } from '../log-at.js';
import type { FolderFlags } from '../verb.js';

export interface RebuildFlags extends FolderFlags {
  readonly all?: boolean;
  readonly fromZero?: boolean;
  readonly park?: boolean;
  readonly until?: string;
  readonly out?: string;
  readonly stream?: string;
  readonly verify?: boolean;
  readonly dryRun?: boolean;
  readonly dropOld?: boolean;
  readonly streamPrefix?: string;
}

/** The log that is read, the file that is written, and what every way of rebuilding is handed. */
export interface RebuildPlace {
  readonly store: EventStore;
  readonly viewsFile: string;
  readonly common: {
    readonly store: EventStore;
    readonly names: StreamNames;
    readonly projectors: typeof builtInProjectors;
    readonly placeNumber: (place: Place) => number;
    readonly nowMs: () => number;
    readonly setTimer: typeof setTimer;
    readonly signal: AbortSignal;
    readonly log: (line: LogLine) => void;
  };
}

/** Opens the log for reading only: a server may write to it meanwhile. */
export const withRebuildPlace = async <T>(
  io: Io,
  flags: RebuildFlags,
  use: (place: RebuildPlace) => Promise<T>,
): Promise<T> => {
  const { dataDir, store: connection, streamPrefix } = flags;
  const config = readConfig(io, { dataDir, store: connection, streamPrefix });
  const store = await openLogAt(io, placeOf(config), 'read');
  try {
    return await use({
      store,
      viewsFile: join(config.dataDir, 'views.db'),
      common: {
        store,
        names: streamNames(config.streamPrefix),
        projectors: builtInProjectors,
        placeNumber,
        nowMs: io.nowMs,
        setTimer,
        signal: io.signal,
        log: ({ level, message }) => {
          if (level !== 'info') io.err(`${level}: ${message}\n`);
        },
      },
    });
  } finally {
    await store.close();
  }
};
