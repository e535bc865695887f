import { encodeEvent, extractFacts, streamNames, type LapseEvent } from '@lapse/domain';
import { createMemoryStore, readWholeStream, type EventStore, type Position } from '@lapse/store';
import { createCommands, type Commands, type CommandSettings, type EventToSend } from '../src/index.js';

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
/** 2026-03-01T10:00:00.000Z: all tests start here. */
export const T0 = Date.UTC(2026, 2, 1, 10);
export const names = streamNames();

/** A uniform source on a seed, so that a failing run can be had again. */
const seededRandom = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
};

export interface World {
  readonly store: EventStore;
  readonly commands: Commands;
  /** Another command path over the same store, with a cache of its own. */
  another(): Commands;
  clock: { nowMs: number };
  /** `type at` of every event of a session, in minutes since T0, for example `message-from-buyer +3`. */
  history(sessionId: string): Promise<string[]>;
  events(stream: string): Promise<{ id: string; type: string; data: Record<string, unknown>; position: Position }[]>;
  /** Writes past the command path, as a foreign service does. */
  foreign(stream: string, ...events: (LapseEvent & { id?: string })[]): Promise<void>;
}

let foreignIds = 0;
export const uuid = (n: number): string => `00000000-0000-4000-8000-${n.toString(16).padStart(12, '0')}`;

export const newWorld = (settings: Partial<CommandSettings> = {}, store = newStore()): World => {
  const clock = { nowMs: T0 };
  const create = (seed: number): Commands =>
    createCommands({
      store,
      names,
      settings: { closeGraceMs: 5_000, clockSkewMs: 5_000, newMerchants: 'standard', ...settings },
      nowMs: () => clock.nowMs,
      random: seededRandom(seed),
      sleep: () => Promise.resolve(),
    });
  const events: World['events'] = async (stream) => {
    const all = [];
    for await (const { id, type, data, position } of readWholeStream(store, stream)) {
      all.push({ id, type, data: JSON.parse(Buffer.from(data).toString()) as Record<string, unknown>, position });
    }
    return all;
  };
  return {
    store,
    clock,
    commands: create(1),
    another: () => create(2),
    events,
    history: async (sessionId) =>
      (await events(names.session(sessionId))).map(
        ({ type, data }) => `${type} +${(Date.parse(data['occurredAt'] as string) - T0) / MINUTE_MS}`,
      ),
    foreign: async (stream, ...written) => {
      const encoded = written.map(({ id, ...event }) => encodeEvent(id ?? uuid(++foreignIds + 0xf000), event));
      await store.append(stream, encoded, 'any');
    },
  };
};

const newStore = (): EventStore => createMemoryStore({ extractFacts, nowMs: () => T0, identity: 'test' });

export const SESSION = '01KJM0000000000000000000AA';
export const open = { data: { merchantId: 'm1', openedBy: 'buyer' } } as const;

export const buyer = (atMs?: number, id?: string): EventToSend => ({
  type: 'message-from-buyer',
  occurredAtMs: atMs,
  id,
  data: { senderId: 'b1' },
});
export const agent = (atMs?: number, id?: string): EventToSend => ({
  type: 'message-from-agent',
  occurredAtMs: atMs,
  id,
  data: { senderId: 'a17', automated: false },
});
export const automated = (atMs?: number, id?: string): EventToSend => ({
  type: 'message-from-agent',
  occurredAtMs: atMs,
  id,
  data: { automated: true },
});
export const queued = (atMs?: number, id?: string): EventToSend => ({
  type: 'queued',
  occurredAtMs: atMs,
  id,
  data: {},
});
export const closed = (atMs?: number, id?: string): EventToSend => ({
  type: 'closed',
  occurredAtMs: atMs,
  id,
  data: { reason: 'by-agent' },
});
