import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeEvent, extractFacts, streamNames, type LapseEvent, type ParkDecision } from '@lapse/domain';
import { createMemoryStore, type EventStore, type EventToAppend } from '@lapse/store';
import {
  openProjections,
  openViews,
  type LogLine,
  type Projections,
  type ProjectionsOptions,
  type Views,
} from '../../src/index.js';

export const names = streamNames();
export const T0 = Date.parse('2026-03-01T10:00:00.000Z');

const folders: string[] = [];
export const tempFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'lapse-views-'));
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

  advance(ms: number): void {
    const untilMs = this.nowMs + ms;
    for (;;) {
      const due = [...this.timers].filter(({ atMs }) => atMs <= untilMs).sort((a, b) => a.atMs - b.atMs)[0];
      if (due === undefined) break;
      this.nowMs = Math.max(this.nowMs, due.atMs);
      this.timers.delete(due);
      due.run();
    }
    this.nowMs = untilMs;
  }
}

export const memoryStore = (clock: { nowMs: number }, identity = 'log-1'): EventStore =>
  createMemoryStore({ extractFacts, nowMs: () => clock.nowMs, identity });

let counter = 0;
/** Different in every call, never in time: tests that need an id twice say so. */
export const eventId = (number = ++counter): string =>
  `00000000-0000-4000-8000-${number.toString(16).padStart(12, '0')}`;

export const sessionId = (number: number): string => `01HQ${String(number).padStart(22, '0')}`;

export const opened = (atMs: number, merchantId = 'm1', more: object = {}): LapseEvent => ({
  type: 'opened',
  occurredAtMs: atMs,
  data: { merchantId, openedBy: 'buyer', ...more },
});

export const pin = (atMs: number, buyerReplyMinutes = 20, merchantId = 'm1', version = 1): LapseEvent => ({
  type: 'config-version',
  occurredAtMs: atMs,
  data: {
    merchantId,
    version,
    policy: 'standard',
    agentReplyMinutes: 360,
    buyerReplyMinutes,
    queueMinutes: 1440,
    why: 'rollout',
    changedBy: { role: 'system', id: 'lapse' },
    merchantRevision: 0,
  },
});

export const buyer = (atMs: number): LapseEvent => ({ type: 'message-from-buyer', occurredAtMs: atMs, data: {} });
export const agent = (atMs: number, automated = false): LapseEvent => ({
  type: 'message-from-agent',
  occurredAtMs: atMs,
  data: { automated },
});
export const queued = (atMs: number, queueId = 'q1'): LapseEvent => ({
  type: 'queued',
  occurredAtMs: atMs,
  data: { queueId },
});
export const closedBy = (atMs: number): LapseEvent => ({
  type: 'closed',
  occurredAtMs: atMs,
  data: { reason: 'by-agent', closedBy: { role: 'merchant-agent', id: 'a1' } },
});

export const encoded = (event: LapseEvent | ParkDecision, id = eventId()): EventToAppend => encodeEvent(id, event);

export const append = async (
  store: EventStore,
  stream: string,
  ...events: (LapseEvent | ParkDecision | EventToAppend)[]
): Promise<void> => {
  const ready = events.map((event) => ('contentType' in event ? event : encoded(event)));
  const result = await store.append(stream, ready, 'any');
  if (result.kind !== 'appended') throw new Error(`not appended: ${result.kind}`);
};

export interface World {
  readonly store: EventStore;
  readonly views: Views;
  readonly clock: ManualClock;
  readonly projections: Projections;
  readonly lines: LogLine[];
}

/** Opens the read models of `store` in a file and starts them. */
export const openWorld = async (
  given: Partial<ProjectionsOptions> & { file?: string; clock?: ManualClock } = {},
): Promise<World> => {
  const clock = given.clock ?? new ManualClock();
  const store = given.store ?? memoryStore(clock);
  const lines: LogLine[] = [];
  const log = (line: LogLine): void => void lines.push(line);
  const views = given.views ?? openViews({ file: given.file ?? join(tempFolder(), 'views.db'), log });
  const projections = await openProjections({
    random: () => 0.5,
    names,
    nowMs: () => clock.nowMs,
    setTimer: clock.setTimer,
    log,
    ...given,
    store,
    views,
  });
  projections.start();
  return { store, views, clock, projections, lines };
};

/** Waits until everything in the log is folded. */
export const caughtUp = async ({ store, projections }: Pick<World, 'store' | 'projections'>): Promise<void> => {
  const head = await store.headPosition();
  if (head !== 'start') await projections.waitFor(head, 60_000);
};

export const closeWorld = async ({ projections, views }: World): Promise<void> => {
  await projections.stop();
  views.close();
};
