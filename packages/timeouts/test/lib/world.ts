import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCommands, type Commands, type EventToSend } from '@lapse/commands';
import { encodeEvent, extractFacts, readEvent, streamNames, type LapseEvent } from '@lapse/domain';
import { openProjections, openViews, type LogLine, type Projections, type Views } from '@lapse/projections';
import { createMemoryStore, readWholeStream, type EventStore } from '@lapse/store';
import { createTimeouts, type Timeouts, type TimeoutsOptions } from '../../src/index.js';

export const names = streamNames();
export const T0 = Date.parse('2026-03-01T10:00:00.000Z');
export const MINUTE_MS = 60_000;
export const GRACE_MS = 5_000;

const folders: string[] = [];
export const tempFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'lapse-timeouts-'));
  folders.push(folder);
  return folder;
};
export const removeTempFolders = (): void => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
};

/** A clock that moves when it is told to; its timers fire then. */
export class ManualClock {
  nowMs = T0;
  private readonly timers = new Set<{ readonly atMs: number; readonly run: () => void }>();

  readonly setTimer = (delayMs: number, run: () => void): (() => void) => {
    const timer = { atMs: this.nowMs + delayMs, run };
    this.timers.add(timer);
    return () => this.timers.delete(timer);
  };

  get nextTimerMs(): number {
    return Math.min(...[...this.timers].map(({ atMs }) => atMs));
  }

  /** Moves the clock and runs what is due by then. */
  set(nowMs: number): void {
    this.nowMs = nowMs;
    for (const timer of [...this.timers].filter(({ atMs }) => atMs <= nowMs)) {
      this.timers.delete(timer);
      timer.run();
    }
  }
}

export const memoryStore = (clock: { nowMs: number }): EventStore =>
  createMemoryStore({ extractFacts, nowMs: () => clock.nowMs, identity: 'log-1' });

export const sessionId = (number: number): string => `01HQ${String(number).padStart(22, '0')}`;
export const eventId = (number: number): string => `00000000-0000-4000-8000-${number.toString(16).padStart(12, '0')}`;

export interface Engine {
  readonly projections: Projections;
  readonly timeouts: Timeouts;
  readonly commands: Commands;
  readonly views: Views;
  readonly lines: LogLine[];
}

export const commandsOn = (store: EventStore, clock: { nowMs: number }): Commands =>
  createCommands({
    store,
    names,
    settings: { closeGraceMs: GRACE_MS, clockSkewMs: 5_000, newMerchants: 'standard' },
    nowMs: () => clock.nowMs,
    random: () => 0.5,
    sleep: () => Promise.resolve(),
  });

/** A whole engine: commands, read models, timeouts. Not ticking by itself. */
export const openEngine = async (
  store: EventStore,
  clock: ManualClock,
  given: Partial<TimeoutsOptions> & { readonly file?: string } = {},
): Promise<Engine> => {
  const lines: LogLine[] = [];
  const log = (line: LogLine): void => void lines.push(line);
  const views = openViews({ file: given.file ?? join(tempFolder(), 'views.db') });
  const nowMs = (): number => clock.nowMs;
  const common = { store, names, nowMs, log, random: () => 0.5 };
  const projections = await openProjections({ ...common, views, setTimer: (ms, run) => after(ms, run) });
  const commands = commandsOn(store, clock);
  const timeouts = createTimeouts({
    commands,
    projections,
    settings: { closeGraceMs: GRACE_MS, clockSkewMs: 5_000 },
    nowMs,
    storeClockOffsetMs: () => 0,
    log,
    ...given,
  });
  projections.start();
  return { projections, timeouts, commands, views, lines };
};

/** Real timers for the read models, so that what they write behind is written. */
const after = (ms: number, run: () => void): (() => void) => {
  const timer = setTimeout(run, ms).unref();
  return () => clearTimeout(timer);
};

export const closeEngine = async ({ projections, views }: Engine): Promise<void> => {
  await projections.stop();
  views.close();
};

export const caughtUp = async (store: EventStore, ...engines: readonly Engine[]): Promise<void> => {
  const head = await store.headPosition();
  if (head === 'start') return;
  await Promise.all(engines.map(({ projections }) => projections.waitFor(head, 60_000)));
};

/** Waits until every engine may sweep: caught up, also in its own eyes. */
export const live = async (store: EventStore, ...engines: readonly Engine[]): Promise<void> => {
  await caughtUp(store, ...engines);
  for (let i = 0; i < 1_000 && engines.some(({ timeouts }) => timeouts.status().state === 'waiting'); i++) await soon();
};

export const soon = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export const openSession = async (commands: Commands, number: number, atMs: number): Promise<void> => {
  const answer = await commands.openSession({
    sessionId: sessionId(number),
    occurredAtMs: atMs,
    data: { merchantId: 'm1', openedBy: 'buyer' },
  });
  if (answer.kind !== 'opened') throw new Error(answer.message);
};

export const message = async (
  commands: Commands,
  number: number,
  type: 'message-from-buyer' | 'message-from-agent',
  occurredAtMs: number,
): Promise<void> => {
  const event: EventToSend =
    type === 'message-from-agent'
      ? { type, occurredAtMs, data: { automated: false } }
      : { type, occurredAtMs, data: {} };
  const answer = await commands.append({ sessionId: sessionId(number), events: [event] });
  if (answer.kind === 'refused') throw new Error(answer.message);
};

export const appendRaw = async (store: EventStore, number: number, ...events: readonly LapseEvent[]): Promise<void> => {
  const encoded = events.map((event) => encodeEvent(eventId(++rawEvents), event));
  await store.append(names.session(sessionId(number)), encoded, 'any');
};
let rawEvents = 0;

export const closesOf = async (store: EventStore, number: number): Promise<readonly LapseEvent[]> => {
  const closes: LapseEvent[] = [];
  for await (const recorded of readWholeStream(store, names.session(sessionId(number)))) {
    const read = readEvent(recorded);
    if (read.kind === 'event' && read.event.type === 'closed') closes.push(read.event);
  }
  return closes;
};

/** A session that an agent has answered at T0: buyer-silent, due 20 minutes later. */
export const answeredSession = async (engine: Engine, number: number, atMs = T0): Promise<void> => {
  await openSession(engine.commands, number, atMs);
  await message(engine.commands, number, 'message-from-agent', atMs);
};
