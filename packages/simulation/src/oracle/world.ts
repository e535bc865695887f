import type { Fate } from './fate-of.js';
import { fateOf } from './fate-of.js';
import type { EventRecord } from './records.js';

/** An event in the world: a record, and what the commands and the audit know beside it. */
export interface WorldEvent extends EventRecord {
  /** Place among all events of all streams, growing. It says what "in force at its place in the log" means. */
  readonly position: number;
  /** Written by someone else than Lapse; nothing is promised about such an event. */
  readonly foreign?: boolean;
  /** The time the sender claimed, when it lay ahead of the receipt and was cut back to it (D8). */
  readonly claimedAtMs?: number;
  /** When Lapse noticed a timeout; on timeout closes only. */
  readonly noticedAtMs?: number;
}

export interface Settings {
  readonly closeGraceMs: number;
  readonly clockSkewMs: number;
  readonly newMerchants: 'standard' | 'legacy';
}

/** Everything that the commands may look at: the log of each merchant and of each session, and the settings. */
export interface World {
  readonly settings: Settings;
  /** By merchant id. Events of type `config-version`; others are ignored. */
  readonly merchants: Readonly<Record<string, readonly WorldEvent[]>>;
  /** By stream name. */
  readonly sessions: Readonly<Record<string, readonly WorldEvent[]>>;
}

export const DEFAULT_SETTINGS: Settings = { closeGraceMs: 5_000, clockSkewMs: 5_000, newMerchants: 'standard' };

export function emptyWorld(settings: Partial<Settings> = {}): World {
  return { settings: { ...DEFAULT_SETTINGS, ...settings }, merchants: {}, sessions: {} };
}

/** An event about to be written: everything but its places. */
export type NewEvent = Pick<WorldEvent, 'id' | 'type' | 'occurredAtMs' | 'data'> &
  Partial<Pick<WorldEvent, 'readable' | 'schemaNewer' | 'foreign' | 'claimedAtMs' | 'noticedAtMs'>>;

export function sessionEvents(world: World, stream: string): readonly WorldEvent[] {
  return Object.hasOwn(world.sessions, stream) ? world.sessions[stream]! : [];
}

export function merchantEvents(world: World, merchantId: string): readonly WorldEvent[] {
  return Object.hasOwn(world.merchants, merchantId) ? world.merchants[merchantId]! : [];
}

/** Fates already found. A log is never changed, only replaced, so what was true of it stays true. */
const found = new WeakMap<readonly WorldEvent[], { readonly stream: string; readonly fate: Fate }>();

/** The fate of a session in this world; asked again about the same log it is not walked again. */
export function fateIn(world: World, stream: string): Fate {
  const events = sessionEvents(world, stream);
  const known = found.get(events);
  if (known?.stream === stream) return known.fate;
  const fate = fateOf({ stream, events });
  found.set(events, { stream, fate });
  return fate;
}

/** The position that the next event will get. */
function nextPosition(world: World): number {
  const logs = [...Object.values(world.sessions), ...Object.values(world.merchants)];
  return logs.reduce((count, log) => Math.max(count, (log.at(-1)?.position ?? -1) + 1), 0);
}

function placed(world: World, log: readonly WorldEvent[], events: readonly NewEvent[]): readonly WorldEvent[] {
  const position = nextPosition(world);
  const added = events.map((event, at) => ({
    readable: true,
    ...event,
    revision: log.length + at,
    position: position + at,
  }));
  return [...log, ...added];
}

/** The world with these events at the end of a session's stream. */
export function withSessionEvents(world: World, stream: string, events: readonly NewEvent[]): World {
  const log = placed(world, sessionEvents(world, stream), events);
  return { ...world, sessions: { ...world.sessions, [stream]: log } };
}

/** The world with this event at the end of a merchant's stream. */
export function withMerchantEvent(world: World, merchantId: string, event: NewEvent): World {
  const log = placed(world, merchantEvents(world, merchantId), [event]);
  return { ...world, merchants: { ...world.merchants, [merchantId]: log } };
}
