import type { AppendCommand, SentEvent } from './commands.js';
import { randomGapMs, talkData } from './random-parts.js';
import type { Random } from './random.js';
import { between, chance, oneOf, randomUuid, weighted } from './random.js';
import { isTalk } from './records.js';
import type { World } from './world.js';
import { fateIn, sessionEvents } from './world.js';

const BATCH_MAX = 5;

/** The time that a sender claims: none, now, a little or long ago, about the deadline, ahead of the receipt. */
function claimedTime(random: Random, world: World, stream: string, nowMs: number): number | undefined {
  const deadlineAtMs = fateIn(world, stream).clock?.deadlineAtMs ?? null;
  switch (weighted(random, { none: 20, now: 20, recent: 20, past: 15, deadline: 18, skewed: 6, future: 1 })) {
    case 'none':
      return undefined;
    case 'now':
      return nowMs;
    case 'recent':
      return nowMs - between(random, 0, 6_000);
    case 'past':
      return nowMs - randomGapMs(random);
    case 'deadline':
      return deadlineAtMs === null ? nowMs : Math.min(nowMs, deadlineAtMs + oneOf(random, [-1, 0, 0, 1, -60_000]));
    case 'skewed':
      return nowMs + oneOf(random, [1, 1_000, world.settings.clockSkewMs - 1, world.settings.clockSkewMs]);
    case 'future':
      return nowMs + world.settings.clockSkewMs + oneOf(random, [1, 60_000]);
  }
}

function newEvent(random: Random, world: World, stream: string, nowMs: number): SentEvent {
  const kind = weighted(random, { buyer: 32, agent: 30, automated: 10, queued: 16, closed: 9 });
  const type = {
    buyer: 'message-from-buyer',
    agent: 'message-from-agent',
    automated: 'message-from-agent',
    queued: 'queued',
    closed: 'closed',
  }[kind];
  const automated = kind === 'automated' ? { automated: true } : {};
  const reason = oneOf(random, ['by-agent', 'by-buyer', 'by-system']);
  const data = kind === 'closed' ? { reason } : { ...talkData(random, type), ...automated };
  const occurredAtMs = claimedTime(random, world, stream, nowMs);
  return { id: randomUuid(random), type, data, ...(occurredAtMs === undefined ? {} : { occurredAtMs }) };
}

/**
 * An event that a stream already has, as a sender would send it: again as it was, or changed. Never a timeout's close: its
 * id is Lapse's own, and a script that names it would depend on whether a sweep had come by.
 */
function knownEvent(random: Random, world: World, stream: string): SentEvent | null {
  const known = sessionEvents(world, stream).filter(
    (event) => isTalk(event.type) || (event.type === 'closed' && event.data['proof'] === undefined),
  );
  if (known.length === 0) return null;
  const { id, type, data, occurredAtMs } = oneOf(random, known);
  const changed = chance(random, 0.25);
  return { id, type, data: changed ? { ...data, length: 501 } : data, occurredAtMs };
}

/** One new event, or a batch: of new ones, with a known one among them, of known ones only, with an id twice. */
export function randomAppend(random: Random, world: World, stream: string, nowMs: number): AppendCommand {
  const count = chance(random, 0.65) ? 1 : between(random, 2, BATCH_MAX);
  const knownShare = oneOf(random, [0, 0, 0, 0, 0, 0.3, 1]);
  const events = Array.from({ length: count }, () => {
    const known = chance(random, knownShare) ? knownEvent(random, world, stream) : null;
    return known ?? newEvent(random, world, stream, nowMs);
  });
  if (count > 1 && chance(random, 0.03)) events[count - 1] = { ...events[count - 1]!, id: events[0]!.id };
  return {
    do: 'append',
    stream,
    events,
    onClosed: chance(random, 0.55) ? 'open-new' : 'refuse',
    ...expectation(random, world, stream),
    nowMs,
  };
}

function expectation(random: Random, world: World, stream: string): { expectedRevision?: number } {
  if (!chance(random, 0.3)) return {};
  const revision = sessionEvents(world, stream).length - 1;
  return { expectedRevision: chance(random, 0.75) ? revision : Math.max(0, revision + oneOf(random, [-1, 1, 2])) };
}

/** An earlier command once more: as it was, with the other `onClosed`, without its times, cut short or made longer. */
export function randomRetry(random: Random, earlier: AppendCommand, nowMs: number): AppendCommand {
  const again = { ...earlier, nowMs };
  const [first, ...rest] = again.events;
  switch (weighted(random, { same: 60, other: 15, timeless: 8, shorter: 8, longer: 9 })) {
    case 'same':
      return again;
    case 'other':
      return { ...again, onClosed: again.onClosed === 'refuse' ? 'open-new' : 'refuse' };
    case 'timeless':
      return { ...again, events: again.events.map(({ id, type, data }) => ({ id, type, data })) };
    case 'shorter':
      return { ...again, events: [...rest.slice(0, 1), first!] };
    case 'longer':
      return { ...again, events: [...again.events, { id: randomUuid(random), type: 'message-from-buyer', data: {} }] };
  }
}
