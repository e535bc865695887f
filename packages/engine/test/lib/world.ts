import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCommands, type AppendEvents, type Commands, type EventToSend } from '@lapse/commands';
import { encodeEvent, readEvent, streamNames, type LapseEvent } from '@lapse/domain';
import { openProjections, openViews, type LogLine, type Projections } from '@lapse/projections';
import { readWholeStream, type EventStore, type RecordedEvent } from '@lapse/store';
import { createTimeouts, type Timeouts, type TimeoutsOptions } from '@lapse/timeouts';
import { engineConfig, openEngine, type Engine } from '../../src/index.js';

export const T0 = Date.parse('2026-03-01T10:00:00.000Z');
export const SECOND_MS = 1_000;
export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const GRACE_MS = 5_000;
/** Of a session that an agent has answered at T0, under the default limit. */
export const DEADLINE_MS = T0 + 20 * MINUTE_MS;
export const CATCH_UP_MS = 60_000;
export const names = streamNames();

export interface Clock {
  nowMs: number;
}

const folders: string[] = [];
const engines: { close(): Promise<void> }[] = [];

export const tempFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'lapse-engine-'));
  folders.push(folder);
  return folder;
};

export const cleanUp = async (): Promise<void> => {
  for (const engine of engines.splice(0).reverse()) await engine.close();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
};

export const realTimer = (ms: number, run: () => void): (() => void) => {
  const timer = setTimeout(run, ms);
  return () => clearTimeout(timer);
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

/** An engine on real files that sweeps only when it is told to, unless `sweeps` says otherwise. */
export const newEngine = async (
  dataDir: string,
  clock: Clock,
  given: { readonly sweeps?: boolean; readonly lines?: LogLine[]; readonly config?: object } = {},
): Promise<Engine> => {
  const engine = await openEngine({
    config: engineConfig.parse({ dataDir, ...given.config }),
    nowMs: () => clock.nowMs,
    random: seededRandom(1),
    setTimer: realTimer,
    log: (line) => given.lines?.push(line),
    sweeps: given.sweeps ?? false,
  });
  engines.push(engine);
  return engine;
};

/** Commands, read models of its own and a sweep over a store that belongs to somebody else. */
export interface SecondEngine {
  readonly commands: Commands;
  readonly projections: Projections;
  readonly timeouts: Timeouts;
  close(): Promise<void>;
}

export const secondEngine = async (
  first: Engine,
  clock: Clock,
  given: { readonly store?: EventStore; readonly pageSizeMax?: number } & Partial<TimeoutsOptions> = {},
): Promise<SecondEngine> => {
  const { store = first.store, pageSizeMax = 2_000, ...rest } = given;
  const nowMs = (): number => clock.nowMs;
  const settings = { ...first.config, ...rest.settings };
  const commands = createCommands({
    store,
    names: first.names,
    settings,
    nowMs,
    random: seededRandom(2),
    sleep: () => Promise.resolve(),
  });
  const views = openViews({ file: join(tempFolder(), 'views.db') });
  const shared = { views, store, names: first.names, nowMs, setTimer: realTimer, random: seededRandom(3) };
  const projections = await openProjections({ ...shared, limits: { pageSizeMax } });
  const timeouts = createTimeouts({ commands, projections, nowMs, storeClockOffsetMs: () => 0, ...rest, settings });
  projections.start();
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    await timeouts.drain(new AbortController().signal);
    await projections.stop();
    views.close();
  };
  const second = { commands, projections, timeouts, close: () => (closing ??= close()) };
  engines.push(second);
  return second;
};

/** Everything in the log is folded, and every one of these engines may sweep. */
export const live = async (
  store: EventStore,
  ...running: readonly Pick<SecondEngine, 'projections' | 'timeouts'>[]
): Promise<void> => {
  const head = await store.headPosition();
  for (const { projections, timeouts } of running) {
    if (head !== 'start') await projections.waitFor(head, CATCH_UP_MS);
    while (timeouts.status().state === 'waiting') await soon();
  }
};

const soon = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Waits for something that another turn of the loop will bring about; jest's own limit ends it. */
export const until = async (holds: () => boolean | Promise<boolean>): Promise<void> => {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 5));
};

export const sessionId = (number: number): string => `01HQ${String(number).padStart(22, '0')}`;
export const eventId = (number: number): string => `00000000-0000-4000-8000-${number.toString(16).padStart(12, '0')}`;

export const open = async (commands: Commands, number: number, atMs: number, merchantId = 'm1'): Promise<void> => {
  const data = { merchantId, openedBy: 'buyer' } as const;
  const answer = await commands.openSession({ sessionId: sessionId(number), occurredAtMs: atMs, data });
  if (answer.kind !== 'opened') throw new Error(answer.message);
};

export const send = async (
  commands: Commands,
  number: number,
  type: 'message-from-buyer' | 'message-from-agent',
  occurredAtMs: number,
  more: Partial<AppendEvents> = {},
): Promise<void> => {
  const event: EventToSend =
    type === 'message-from-agent'
      ? { type, data: { automated: false }, occurredAtMs }
      : { type, data: {}, occurredAtMs };
  const answer = await commands.append({ sessionId: sessionId(number), events: [event], ...more });
  if (answer.kind === 'refused') throw new Error(answer.message);
};

/** Opened and answered by an agent: buyer-silent runs. */
export const answered = async (commands: Commands, number: number, atMs = T0): Promise<void> => {
  await open(commands, number, atMs);
  await send(commands, number, 'message-from-agent', atMs);
};

let foreignEvents = 0;
/** As a writer does it that knows only the store. */
export const appendForeign = async (
  engine: Engine,
  number: number,
  ...events: readonly LapseEvent[]
): Promise<void> => {
  const encoded = events.map((event) => encodeEvent(eventId(1_000_000 + ++foreignEvents), event));
  await engine.store.append(engine.names.session(sessionId(number)), encoded, 'any');
};

export const recordedOf = async (engine: Pick<Engine, 'store' | 'names'>, number: number): Promise<RecordedEvent[]> => {
  const events: RecordedEvent[] = [];
  for await (const event of readWholeStream(engine.store, engine.names.session(sessionId(number)))) events.push(event);
  return events;
};

export const eventsOf = async (engine: Pick<Engine, 'store' | 'names'>, number: number): Promise<LapseEvent[]> =>
  (await recordedOf(engine, number)).flatMap((recorded) => {
    const read = readEvent(recorded);
    return read.kind === 'event' ? [read.event] : [];
  });

export const closesOf = async (engine: Pick<Engine, 'store' | 'names'>, number: number): Promise<LapseEvent[]> =>
  (await eventsOf(engine, number)).filter(({ type }) => type === 'closed');

/** How many closes each of the sessions 0 to `count` - 1 has, as `closes → sessions`. */
export const closesPerSession = async (engine: Engine, count: number): Promise<Record<number, number>> => {
  const counts: Record<number, number> = {};
  for (let number = 0; number < count; number++) {
    const { length } = await closesOf(engine, number);
    counts[length] = (counts[length] ?? 0) + 1;
  }
  return counts;
};

/** Every event of the log, as it can be compared: no store time, no `noticedAt`. */
export const logOf = async (store: EventStore): Promise<Map<string, string[]>> => {
  const streams = new Map<string, string[]>();
  let after: Awaited<ReturnType<EventStore['headPosition']>> = 'start';
  for (;;) {
    const page = await store.readAll({ after, maxCount: 1_000 });
    for (let i = 0; i < page.size; i++) {
      const { stream, id, revision, type, data, metadata } = page.event(i);
      const { noticedAt, ...told } = JSON.parse(Buffer.from(metadata).toString() || '{}') as { noticedAt?: string };
      const line = JSON.stringify([revision, type, id, Buffer.from(data).toString(), told, noticedAt !== undefined]);
      streams.set(stream, [...(streams.get(stream) ?? []), line]);
    }
    if (page.atEnd) return streams;
    after = page.scannedTo;
  }
};

/** The folder as a process that is killed now leaves it behind. */
export const copyOfFolder = (dataDir: string): string => {
  const copy = tempFolder();
  for (const name of ['events.db', 'events.db-wal', 'views.db', 'views.db-wal']) {
    if (existsSync(join(dataDir, name))) cpSync(join(dataDir, name), join(copy, name));
  }
  return copy;
};

export const deleteViews = (dataDir: string): void => {
  for (const end of ['', '-wal', '-shm']) rmSync(join(dataDir, `views.db${end}`), { force: true });
};
