import type { ToldClose } from './commands.js';
import { configured, currentVersion, merchantParked, pinEvent } from './config.js';
import type { Derive } from './derive.js';
import { chainOf } from './known-ids.js';
import { isAutomated, sessionIdOf } from './records.js';
import { merchantOf, settled } from './settle.js';
import type { NewEvent, World } from './world.js';
import { fateIn, sessionEvents, withSessionEvents } from './world.js';

/** What becomes of one new event that is sent alone, to a session that exists and is not parked. */
export interface Outcome {
  readonly kind: 'written' | 'nothing-to-do' | 'session-closed' | 'stream-parked';
  /** Where it was written; the addressed stream for the other kinds. */
  readonly stream: string;
  /** The world afterwards. */
  readonly world: World;
  /** The world with nothing new but the closes that were due before this event. */
  readonly closesOnly: World;
}

/** The close of a closed session, as an answer tells it. */
export function toldClose(world: World, stream: string): ToldClose {
  const { close } = fateIn(world, stream);
  if (close === null) throw new Error(`${stream} is not closed`);
  const { revision, reason, occurredAtMs } = close;
  return { stream, revision, reason, occurredAtMs };
}

const SPOKEN_BY: Readonly<Record<string, string>> = { 'message-from-buyer': 'buyer', 'message-from-agent': 'agent' };

/** The first two events of a successor: at the later of the event's time and the close, pinned to the current config. */
function firstEvents(world: World, predecessor: string, stream: string, event: NewEvent, derive: Derive): NewEvent[] {
  const { close } = fateIn(world, predecessor);
  const openedAtMs = Math.max(event.occurredAtMs, close!.countedAtMs);
  const merchantId = merchantOf(world, predecessor);
  const { buyerId, externalId } = sessionEvents(world, predecessor)[0]!.data as Record<string, unknown>;
  const data = {
    merchantId,
    openedBy: SPOKEN_BY[event.type] ?? 'system',
    ...(buyerId === undefined ? {} : { buyerId }),
    ...(externalId === undefined ? {} : { externalId }),
    previousSessionId: sessionIdOf(predecessor),
  };
  const opened = { id: derive('opened', stream, 0), type: 'opened', occurredAtMs: openedAtMs, data };
  return [opened, pinEvent(stream, currentVersion(world, merchantId), openedAtMs, derive)];
}

/**
 * The end of the chain of successors (D10): joins the open one; closes it first if it has lapsed for this event, then, as
 * when none is open, opens the next. The event that opens a successor is not held against D7: however old it is, it is
 * written, and the successor lapses in its turn.
 */
function toSuccessor(at: Omit<Outcome, 'kind'>, event: NewEvent, nowMs: number, derive: Derive): Outcome {
  const chain = chainOf(at.world, at.stream, derive);
  if (chain.some((stream) => fateIn(at.world, stream).state === 'parked')) return { ...at, kind: 'stream-parked' };
  const last = chain.at(-1)!;
  const merchantId = merchantOf(at.world, last);
  if (merchantParked(at.world, merchantId) && fateIn(at.world, last).state === 'unpinned')
    return { ...at, kind: 'stream-parked' };
  const { world, closesOnly } = settled(at, last, event.occurredAtMs, nowMs, derive);
  if (fateIn(world, last).state === 'open')
    return { kind: 'written', stream: last, world: withSessionEvents(world, last, [event]), closesOnly };
  if (merchantParked(world, merchantId)) return { ...at, kind: 'stream-parked', world: closesOnly, closesOnly };
  const next = derive('successor', last, fateIn(world, last).close!.countedAtMs);
  const ready = configured(world, merchantId, nowMs, derive);
  const events = [...firstEvents(ready, last, next, event, derive), event];
  return { kind: 'written', stream: next, world: withSessionEvents(ready, next, events), closesOnly };
}

/**
 * Sends one event: its id is new, its time final (neither in the future nor ahead of the receipt), the session exists.
 *
 * First the lapse: a session that has lapsed for this event is closed, with the deadline as the close's time (D6, D7). An
 * open session then takes the event. A closed one: `closed` is a success without an event (D19); an automated message is
 * refused and never opens a successor; a message or `queued` is refused, or with `open-new` goes to the chain's end.
 */
export function sendOne(
  before: World,
  stream: string,
  event: NewEvent,
  onClosed: 'refuse' | 'open-new',
  nowMs: number,
  derive: Derive,
): Outcome {
  const { world, closesOnly } = settled(
    { world: before, closesOnly: before },
    stream,
    event.occurredAtMs,
    nowMs,
    derive,
  );
  if (fateIn(world, stream).state === 'open')
    return { kind: 'written', stream, world: withSessionEvents(world, stream, [event]), closesOnly };
  const at = { stream, world: closesOnly, closesOnly };
  if (event.type === 'closed') return { ...at, kind: 'nothing-to-do' };
  if (onClosed === 'refuse' || isAutomated(event)) return { ...at, kind: 'session-closed' };
  return toSuccessor(at, event, nowMs, derive);
}
