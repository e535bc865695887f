import type { ForeignWrite } from './commands.js';
import { randomTime, talkData } from './random-parts.js';
import type { Random } from './random.js';
import { chance, oneOf, randomStream, randomUuid, weighted } from './random.js';
import type { World } from './world.js';
import { fateIn, sessionEvents } from './world.js';

/** A stranger's write: a bare `opened`, or an event behind whatever a session has, in time, late, repeated, odd. */
export function randomForeign(random: Random, world: World, nowMs: number, merchants: readonly string[]): ForeignWrite {
  const streams = Object.keys(world.sessions);
  const plain = { do: 'foreign', id: randomUuid(random), nowMs } as const;
  if (streams.length === 0 || chance(random, 0.3)) {
    const data = { merchantId: oneOf(random, merchants), openedBy: 'buyer' };
    return { ...plain, stream: randomStream(random, nowMs), type: 'opened', data, occurredAtMs: nowMs };
  }
  const stream = oneOf(random, streams);
  const events = sessionEvents(world, stream);
  const occurredAtMs = Math.min(
    nowMs + 2_000,
    randomTime(random, events, fateIn(world, stream).clock?.deadlineAtMs ?? null),
  );
  const kind = weighted(random, { talk: 60, closed: 10, unknown: 10, repeated: 10, unreadable: 1 });
  const type = oneOf(random, ['message-from-buyer', 'message-from-agent', 'queued']);
  const write = { ...plain, stream, type, data: talkData(random, type), occurredAtMs };
  if (kind === 'closed') return { ...write, type: 'closed', data: { reason: 'by-system' } };
  if (kind === 'unknown') return { ...write, type: 'note-added', data: {} };
  if (kind === 'repeated') return { ...write, id: oneOf(random, events).id };
  return kind === 'unreadable' ? { ...write, readable: false } : write;
}
