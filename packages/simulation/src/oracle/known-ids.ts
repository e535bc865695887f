import type { Answer, AppendCommand, Placed, SentEvent } from './commands.js';
import type { Derive } from './derive.js';
import type { World, WorldEvent } from './world.js';
import { fateIn, sessionEvents } from './world.js';

/** No chain of successors is longer; whoever meets the bound has met a bug of the oracle. */
const CHAIN_MAX = 10_000;

/**
 * A session and the successors that exist: each closed one's next has an id derived from it and from the time at which
 * its close counted. The chain ends where the next does not exist, or where a session is not closed. It also goes on
 * over a parked session with a recorded close, so that the caller can see it.
 */
export function chainOf(world: World, stream: string, derive: Derive): readonly string[] {
  const chain = [stream];
  for (let length = 1; length < CHAIN_MAX; length += 1) {
    const last = chain.at(-1)!;
    const { close } = fateIn(world, last);
    if (close === null) return chain;
    const next = derive('successor', last, close.countedAtMs);
    if (sessionEvents(world, next).length === 0) return chain;
    chain.push(next);
  }
  throw new Error(`a chain of successors longer than ${CHAIN_MAX}`);
}

/** Where an event's id is sought: the addressed session; a message or `queued` with `open-new` also in its successors. */
function soughtIn(world: World, command: AppendCommand, event: SentEvent, derive: Derive): readonly string[] {
  if (command.onClosed === 'refuse' || event.type === 'closed') return [command.stream];
  return chainOf(world, command.stream, derive);
}

/** The same data? A key without a value is as good as none, and `automated: false` is the default, so it is as well. */
export function sameData(one: unknown, other: unknown): boolean {
  if (one === null || other === null || typeof one !== 'object' || typeof other !== 'object')
    return Object.is(one, other);
  const value = (of: object, key: string) => (of as Record<string, unknown>)[key];
  const absent = (of: object, key: string) =>
    value(of, key) === undefined || (key === 'automated' && value(of, key) === false);
  return [...new Set([...Object.keys(one), ...Object.keys(other)])].every(
    (key) => (absent(one, key) && absent(other, key)) || sameData(value(one, key), value(other, key)),
  );
}

/** The first event that bears the id in the first of these streams that knows it, counted or not. */
function bearerOf(world: World, streams: readonly string[], id: string): { stream: string; event: WorldEvent } | null {
  for (const stream of streams) {
    const event = sessionEvents(world, stream).find((candidate) => candidate.id === id);
    if (event !== undefined) return { stream, event };
  }
  return null;
}

/**
 * D18, what comes first: the event ids. Null when all of the batch's ids are new, so that the rest of the command must be
 * judged. Otherwise the answer: `event-id-reused` with the first index whose id is known with another type or other data
 * (`occurredAt` aside) or stood earlier in this batch; then `batch-half-known` with the first index whose knownness
 * differs from the first event's; then, all known, the places where they stand: the answer of the first time.
 */
export function answerByIds(world: World, command: AppendCommand, derive: Derive): Answer | null {
  const { events } = command;
  const bearers = events.map((event) => bearerOf(world, soughtIn(world, command, event, derive), event.id));
  const reused = events.findIndex((event, at) => {
    const bearer = bearers[at]?.event;
    const twice = events.slice(0, at).some((earlier) => earlier.id === event.id);
    return twice || (bearer !== undefined && !(bearer.type === event.type && sameData(bearer.data, event.data)));
  });
  if (reused !== -1) return { ok: false, code: 'event-id-reused', index: reused };
  const odd = bearers.findIndex((bearer) => (bearer === null) !== (bearers[0] === null));
  if (odd !== -1) return { ok: false, code: 'batch-half-known', index: odd };
  if (bearers[0] === null) return null;
  const placed: Placed[] = bearers.map((bearer) => ({
    id: bearer!.event.id,
    stream: bearer!.stream,
    revision: bearer!.event.revision,
  }));
  return { ok: true, placed };
}
