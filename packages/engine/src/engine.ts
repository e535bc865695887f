import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createCommands, type Commands } from '@lapse/commands';
import { streamNames, type StreamNames } from '@lapse/domain';
import { openProjections, openViews, type Place, type Projections, type SetTimer } from '@lapse/projections';
import type { EventStore } from '@lapse/store';
import { createTimeouts, type Timeouts } from '@lapse/timeouts';
import type { EngineConfig } from './config.js';
import { EngineError } from './engine-error.js';
import { serveGateway, type Gateway } from './gateway.js';
import type { EngineOptions } from './engine-options.js';
import { openLog } from './open-log.js';
import { placeNumber } from './place-number.js';
import { readinessOf, type Readiness } from './readiness.js';

/** All parts of one Lapse, put together over one data folder. */
export interface Engine {
  readonly store: EventStore;
  readonly names: StreamNames;
  readonly commands: Commands;
  readonly projections: Projections;
  readonly timeouts: Timeouts;
  readonly config: EngineConfig;
  /** Where the embedded log is served over EventStoreDB's protocol; undefined where it is not. */
  readonly gateway: Gateway | undefined;
  readiness(): Readiness;
  /** Waits until the read models hold all that stands in the log now. Rejects after `timeoutMs`. */
  caughtUp(timeoutMs: number): Promise<void>;
  /** Ends what is under way, writes what is folded, lets go of the files. May be called twice. */
  close(): Promise<void>;
}

/**
 * Opens the store, the read models and the sweep of a data folder (created where it is missing) and starts them. After a
 * restart it goes on from rows and checkpoint. Throws what the parts throw, each with a code: `store-locked` for a folder
 * that another process writes, `data-dir-unusable`, …
 */
export const openEngine = async (options: EngineOptions): Promise<Engine> => {
  const { config, nowMs, random, setTimer, log } = options;
  makeFolder(config.dataDir);
  const store = await openLog(options);
  try {
    const names = streamNames(config.streamPrefix);
    const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimer(ms, resolve));
    const commands = createCommands({ store, names, settings: config, nowMs, random, sleep });
    const views = openViews({ file: join(config.dataDir, 'views.db'), ...(log === undefined ? {} : { log }) });
    try {
      const projections = await openProjections({
        views,
        store,
        names,
        nowMs,
        setTimer,
        random,
        placeNumber,
        ...(config.store === undefined ? { eventsBetween } : {}),
        ...(log === undefined ? {} : { log }),
      });
      const gateway = await serveGateway(options, store, names);
      return startEngine(options, { store, names, commands, projections, gateway, closeViews: () => views.close() });
    } catch (error) {
      views.close();
      throw error;
    }
  } catch (error) {
    await store.close();
    throw error;
  }
};

interface Parts extends Pick<Engine, 'store' | 'names' | 'commands' | 'projections' | 'gateway'> {
  readonly closeViews: () => void;
}

const startEngine = (options: EngineOptions, parts: Parts): Engine => {
  const { store, names, commands, projections, gateway } = parts;
  const { config, nowMs, setTimer, log } = options;
  const { sweepIntervalMs } = config;
  const timeouts = createTimeouts({
    commands,
    projections,
    settings: config,
    nowMs,
    // The embedded store runs on this machine's clock; of a cluster's it is learnt.
    ...(config.store === undefined ? { storeClockOffsetMs: () => 0 } : {}),
    limits: { sweepIntervalMs },
    ...(log === undefined ? {} : { log }),
  });
  projections.start();
  if (options.sweeps !== false) timeouts.start({ setTimer });
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    try {
      await gateway?.close();
      await drain(timeouts, setTimer);
      await projections.stop();
    } finally {
      // Whatever went wrong above: the next process must find the files free.
      parts.closeViews();
      await store.close();
    }
  };
  return {
    store,
    names,
    commands,
    projections,
    timeouts,
    config,
    gateway,
    readiness: () => {
      const { parkedSessions } = projections.merchants.total();
      return readinessOf(projections.status(), timeouts.status(), options.sweeps !== false, parkedSessions);
    },
    caughtUp: async (timeoutMs) => {
      const head = await store.headPosition();
      if (head !== 'start') await projections.waitFor(head, timeoutMs);
    },
    close: () => (closing ??= close()),
  };
};

/** How long closes that are on their way to the store are waited for; the store itself finishes them anyway. */
const DRAIN_MS = 5_000;

const drain = async (timeouts: Timeouts, setTimer: SetTimer): Promise<void> => {
  const tooLong = new AbortController();
  const cancel = setTimer(DRAIN_MS, () => tooLong.abort());
  await timeouts.drain(tooLong.signal);
  cancel();
};

const makeFolder = (dataDir: string): void => {
  try {
    mkdirSync(dataDir, { recursive: true });
  } catch (error) {
    throw new EngineError(
      'data-dir-unusable',
      `the data folder ${dataDir} cannot be made: ${(error as Error).message}`,
      {
        cause: error,
      },
    );
  }
};

/** The embedded store counts its events without gaps. */
const eventsBetween = (from: Place, to: Place): number => placeNumber(to) - placeNumber(from);
