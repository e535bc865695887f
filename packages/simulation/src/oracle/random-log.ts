import { fateOf } from './fate-of.js';
import { randomPin, randomTime, talkData } from './random-parts.js';
import type { Random } from './random.js';
import { between, chance, oneOf, randomStream, randomUuid, weighted } from './random.js';
import type { Clock, EventRecord, SessionLog } from './records.js';
import { RULES } from './records.js';

type Draft = Omit<EventRecord, 'revision'>;

/** The longest log that is made, without `opened` and pin. Most are far shorter. */
const EVENTS_MAX = 40;

const WEIGHTS = {
  'message-from-buyer': 24,
  'message-from-agent': 24,
  automated: 8,
  queued: 12,
  'closed-by-hand': 5,
  'own-close': 7,
  'false-close': 6,
  'unknown-type': 4,
  'second-opened': 2,
  'second-pin': 2,
  'repeated-id': 5,
  unreadable: 0.7,
} as const;

/** The clock of the log so far as it will be once the pin is there, so that times can be put around the deadline. */
function clockToCome(log: SessionLog, pin: Draft): Clock | null {
  const [opened, ...rest] = log.events;
  if (opened === undefined) return null;
  const pins = log.events.some((event) => event.type === 'config-version');
  const events = pins ? log.events : [opened, { ...pin, revision: -1 }, ...rest];
  return fateOf({ stream: log.stream, events: events.map((event, revision) => ({ ...event, revision })) }).clock;
}

/** A timeout's close: the right one (with the fields that the fold looks at), or one that is wrong in one or two places. */
function timeoutClose(random: Random, log: SessionLog, clock: Clock, right: boolean): Draft {
  const real = fateOf(log).clock?.proof ?? clock.proof;
  const deadlineAtMs = clock.deadlineAtMs ?? clock.anchor.atMs + between(random, 1, 400) * 60_000;
  const offMs = oneOf(random, [0, 0, -1, 1, -60_000, 60_000, -5_000, 5_000]);
  const reason = right || chance(random, 0.5) ? clock.rule : oneOf(random, [...RULES, 'by-system', 'by-source']);
  const proof = right
    ? real
    : oneOf(random, [
        real,
        null,
        real && { ...real, limitMinutes: real.limitMinutes + 1 },
        real && { ...real, rule: oneOf(random, RULES) },
      ]);
  return {
    id: randomUuid(random),
    type: 'closed',
    occurredAtMs: right ? deadlineAtMs : deadlineAtMs + offMs,
    data: proof === null ? { reason } : { reason, proof },
    readable: true,
  };
}

function nextEvent(random: Random, log: SessionLog, pin: Draft): Draft {
  const clock = clockToCome(log, pin);
  const occurredAtMs = randomTime(random, log.events, clock?.deadlineAtMs ?? null);
  const plain = { id: randomUuid(random), occurredAtMs, data: {}, readable: true };
  const talk = oneOf(random, ['message-from-buyer', 'message-from-agent', 'queued'] as const);
  const kind = weighted(random, WEIGHTS);
  switch (kind) {
    case 'automated':
      return {
        ...plain,
        type: 'message-from-agent',
        data: { ...talkData(random, 'message-from-agent'), automated: true },
      };
    case 'closed-by-hand': {
      const reason = oneOf(random, ['by-agent', 'by-buyer', 'by-system', 'by-source']);
      return { ...plain, type: 'closed', data: { reason } };
    }
    case 'own-close':
    case 'false-close':
      if (clock === null) return { ...plain, type: 'closed', data: { reason: oneOf(random, RULES) } };
      return timeoutClose(random, log, clock, kind === 'own-close');
    case 'unknown-type': {
      const type = oneOf(random, ['note-added', 'assigned', 'read-receipt', 'Opened', 'message']);
      return { ...plain, type, readable: chance(random, 0.7), schemaNewer: chance(random, 0.2) };
    }
    case 'second-opened':
      return { ...plain, type: 'opened', data: { merchantId: 'm-1', openedBy: 'agent' } };
    case 'second-pin':
      return { ...randomPin(random, 'm-1'), id: plain.id, occurredAtMs };
    case 'repeated-id': {
      const { id } = oneOf(random, log.events);
      const again = oneOf(random, [talk, talk, 'closed']);
      return { ...plain, id, type: again, data: again === 'closed' ? { reason: 'by-buyer' } : talkData(random, again) };
    }
    case 'unreadable': {
      const newer = chance(random, 0.5);
      const type = oneOf(random, [talk, 'closed', 'opened', 'config-version']);
      return { ...plain, type, readable: newer && chance(random, 0.5), schemaNewer: newer };
    }
    default:
      return { ...plain, type: kind, data: talkData(random, kind) };
  }
}

/**
 * A session's log such as no well-behaved sender would write: bare `opened`, pins that come late or never, late events of
 * strangers, repeated ids, times out of order, ties and near misses at the deadline, right, early, late and false proofs,
 * unreadable events, unknown types, several `opened`, pins and closes, null limits, all policies, and now and then a first
 * event that is not `opened` or a name that is no ULID. The same numbers give the same log.
 */
export function randomLog(random: Random): SessionLog {
  const startMs = 1_700_000_000_000 + between(random, 0, 1_000_000_000);
  const ulidStream = randomStream(random, startMs);
  const stream = chance(random, 0.01) ? oneOf(random, ['session-', 'session-1', `x${ulidStream}`]) : ulidStream;
  const opened: Draft = {
    id: randomUuid(random),
    type: 'opened',
    occurredAtMs: startMs,
    data: { merchantId: 'm-1', openedBy: oneOf(random, ['buyer', 'agent', 'system']) },
    readable: !chance(random, 0.005),
  };
  const pin: Draft = { ...randomPin(random, 'm-1'), id: randomUuid(random), occurredAtMs: startMs };
  const count = chance(random, 0.05) ? between(random, 13, EVENTS_MAX) : between(random, 0, 12);
  const pinAt = weighted(random, { atOnce: 70, later: 22, never: 8 });
  const pinAfter = pinAt === 'atOnce' ? 0 : pinAt === 'never' ? -1 : between(random, 1, Math.max(1, count));
  let log: SessionLog = { stream, events: [] };
  const add = (event: Draft) => {
    log = { stream, events: [...log.events, { ...event, revision: log.events.length }] };
  };
  add(opened);
  for (let at = 0; at <= count; at += 1) {
    if (at === pinAfter) add(pin);
    if (at < count) add(nextEvent(random, log, pin));
  }
  if (log.events.length === 1 || !chance(random, 0.02)) return log;
  return { stream, events: log.events.slice(1).map((event, revision) => ({ ...event, revision })) };
}
