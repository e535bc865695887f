import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { createCommands } from '@lapse/commands';
import { extractFacts, readEvent, streamNames, type LapseEvent } from '@lapse/domain';
import { advanceEngine, engineConfig, openEngine, runOutClock, VirtualClock, type Engine } from '@lapse/engine';
import { openProjections, openViews, type Projections } from '@lapse/projections';
import { createMemoryStore, readWholeStream, type EventStore } from '@lapse/store';
import { createTimeouts } from '@lapse/timeouts';
import {
  closingsAsTsv,
  importUnderRules,
  readClosings,
  summarise,
  type PlayedSession,
  type PlayedSummary,
  type VirtualEngine,
} from '../../src/index.js';

export const names = streamNames();

const folders: string[] = [];
const opened: { close(): Promise<void> }[] = [];
export const tempFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'lapse-analysis-'));
  folders.push(folder);
  return folder;
};
export const cleanUp = async (): Promise<void> => {
  for (const one of opened.splice(0).reverse()) await one.close();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
};

export const fileOf = (bytes: string | Uint8Array, name = 'history.ndjson'): string => {
  const file = join(tempFolder(), name);
  writeFileSync(file, bytes);
  return file;
};
export const gzipOf = (text: string | Uint8Array): Buffer => gzipSync(text);

/** One line of a history, told in few words. */
export interface Told {
  readonly session?: string;
  readonly seq?: unknown;
  readonly type: string;
  readonly at: string;
  readonly [other: string]: unknown;
}

/** Lines of the normalised format: `seq` counted by session, a merchant on every `opened`. */
export const linesOf = (events: readonly Told[]): string => {
  const next = new Map<string, number>();
  return events
    .map((told) => {
      const session = told.session ?? 's1';
      const seq = next.get(session) ?? 0;
      next.set(session, seq + 1);
      return `${JSON.stringify({ session, seq, ...(told.type === 'opened' ? { merchant: 'm1' } : {}), ...told })}\n`;
    })
    .join('');
};

/** `10:20` or `10:20:00.001` on a day in March, or on the day after with a `+`. */
export const at = (time: string): string => {
  const day = time.startsWith('+') ? '2026-03-02' : '2026-03-01';
  const [hours = '', minutes = '', seconds = '00'] = time.replace('+', '').split(':');
  const [whole = '', fraction = '000'] = seconds.split('.');
  return `${day}T${hours}:${minutes}:${whole}.${fraction}Z`;
};

export interface Played {
  readonly store: EventStore;
  readonly projections: Projections;
  readonly virtual: VirtualEngine;
}

type Parts = Pick<Engine, 'commands' | 'store' | 'projections' | 'caughtUp' | 'timeouts'>;

const playedOn = (engine: Parts, clock: VirtualClock): Played => ({
  store: engine.store,
  projections: engine.projections,
  virtual: {
    commands: engine.commands,
    advanceTo: (nowMs) => advanceEngine(engine, clock, nowMs),
    runOut: async () => {
      if (!(await runOutClock(engine, clock))) throw new Error('some sessions never close');
    },
    openSessionIds: () => openIds(engine.projections, clock.nowMs()),
  },
});

function* openIds(projections: Projections, nowMs: number): Generator<string> {
  for (const state of ['open', 'lapsed'] as const) {
    for (const { id } of projections.sessions({ state, limit: 1_000, nowMs }).sessions) yield id;
  }
}

const realTimer = (ms: number, run: () => void): (() => void) => {
  const timer = setTimeout(run, ms);
  return () => clearTimeout(timer);
};

/** The real engine on real files. */
export const sqliteEngine = async (dataDir = tempFolder()): Promise<Played & { close(): Promise<void> }> => {
  const clock = new VirtualClock();
  const engine = await openEngine({
    config: engineConfig.parse({ dataDir }),
    nowMs: clock.nowMs,
    random: Math.random,
    setTimer: realTimer,
    sweeps: false,
  });
  opened.push(engine);
  return { ...playedOn(engine, clock), close: () => engine.close() };
};

/** The same parts over a store in memory, for histories of a hundred thousand events. */
export const memoryEngine = async (): Promise<Played> => {
  const clock = new VirtualClock();
  const { nowMs } = clock;
  const store = createMemoryStore({ extractFacts, nowMs, identity: 'log-1' });
  const settings = engineConfig.parse({ dataDir: 'unused' });
  const shared = { store, names, nowMs, random: Math.random };
  const commands = createCommands({ ...shared, settings, sleep: () => Promise.resolve() });
  const views = openViews({ file: join(tempFolder(), 'views.db') });
  const projections = await openProjections({ ...shared, views, setTimer: realTimer });
  const timeouts = createTimeouts({ commands, projections, settings, nowMs, storeClockOffsetMs: () => 0 });
  projections.start();
  opened.push({
    close: async () => {
      await projections.stop();
      views.close();
    },
  });
  const caughtUp = async (timeoutMs: number): Promise<void> => {
    const head = await store.headPosition();
    if (head !== 'start') await projections.waitFor(head, timeoutMs);
  };
  return playedOn({ commands, store, projections, caughtUp, timeouts }, clock);
};

export interface Result {
  readonly summary: PlayedSummary;
  readonly tsv: string;
  readonly played: readonly PlayedSession[];
}

export const playUnderRules = async (
  { store, virtual }: Played,
  file: string,
  given: { readonly buyerReplyMinutes?: number; readonly source?: string } = {},
): Promise<Result> => {
  const played = await importUnderRules({ file, source: 'test', engine: virtual, ...given });
  const closings = await readClosings(store, names, played);
  return { summary: summarise(played, closings), tsv: closingsAsTsv(closings), played };
};

/** Uniform in [0, 1) and the same for the same seed (mulberry32). */
export const seededRandom = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};

export const eventsOf = async (store: EventStore, sessionId: string): Promise<LapseEvent[]> => {
  const events: LapseEvent[] = [];
  for await (const recorded of readWholeStream(store, names.session(sessionId))) {
    const read = readEvent(recorded);
    if (read.kind === 'event') events.push(read.event);
  }
  return events;
};

export const countOf = async (store: EventStore): Promise<number> => {
  let count = 0;
  let after: Awaited<ReturnType<EventStore['headPosition']>> = 'start';
  for (;;) {
    const page = await store.readAll({ after, maxCount: 10_000 });
    count += page.size;
    if (page.atEnd) return count;
    after = page.scannedTo;
  }
};
