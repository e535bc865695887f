import type { Anchor, Clock, EventRecord } from './records.js';
import { isTalk, KNOWN_TYPES, MINUTE_MS } from './records.js';
import type { Limits } from './table.js';
import { limitOf, runsAfter } from './table.js';

/** What the fold says about one event of the log. */
export type Verdict =
  | 'opens'
  | 'pins'
  | 'counts'
  | 'closes'
  /** Held until a pin comes: the stream has none, and no close. */
  | 'held'
  /** Happened after the deadline: moves nothing, latches the lapse (D6). */
  | 'late'
  | 'second-opened'
  /** A pin behind another pin or behind a close. */
  | 'idle-pin'
  | 'unknown-type'
  | 'repeated-id'
  | 'after-latch'
  | 'after-close';

/** The config that a pin gives to its session. */
export interface Pin {
  readonly revision: number;
  readonly version: number;
  readonly merchantRevision: number | null;
  readonly policy: string;
  readonly limits: Limits;
}

/** Does an earlier event of the stream bear this event's id, whether that one counted or not? */
function isRepeated(events: readonly EventRecord[], at: number): boolean {
  return events.findIndex((event) => event.id === events[at]!.id) < at;
}

/** The event that pins the session: the first `config-version` with an id of its own, unless a `closed` stands before. */
export function pinOf(events: readonly EventRecord[]): Pin | null {
  const first = (type: string) => events.findIndex((event, at) => event.type === type && !isRepeated(events, at));
  const [pinAt, closedAt] = [first('config-version'), first('closed')];
  if (pinAt === -1 || (closedAt !== -1 && closedAt < pinAt)) return null;
  const { revision, data } = events[pinAt]!;
  const minutes = (name: string) => data[name] as number | null;
  return {
    revision,
    version: data['version'] as number,
    merchantRevision: (data['merchantRevision'] ?? null) as number | null,
    policy: String(data['policy']),
    limits: {
      agent: minutes('agentReplyMinutes'),
      buyer: minutes('buyerReplyMinutes'),
      queue: minutes('queueMinutes'),
    },
  };
}

/** The messages and `queued` among the first `verdicts.length` events that count. */
export function countedTalk(events: readonly EventRecord[], verdicts: readonly Verdict[]): readonly EventRecord[] {
  return events.filter((event, at) => verdicts[at] === 'counts' && isTalk(event.type));
}

/**
 * The time as which an event counts (D8): its own, or that of the newest event before it that counted, whichever is
 * later. `opened` counts as it is; pins and unknown types move no time and are never looked at here.
 */
export function countedAtMs(events: readonly EventRecord[], verdicts: readonly Verdict[], event: EventRecord): number {
  const before = countedTalk(events, verdicts).filter((earlier) => earlier.revision < event.revision);
  return Math.max(events[0]!.occurredAtMs, ...before.map((earlier) => earlier.occurredAtMs), event.occurredAtMs);
}

/** The clock that runs after the events that already have a verdict, with the pinned limits. */
export function clockAfter(events: readonly EventRecord[], verdicts: readonly Verdict[], pin: Pin): Clock {
  const { rule, startedBy } = runsAfter(events[0]!, countedTalk(events, verdicts), pin.limits);
  const atMs = countedAtMs(events, verdicts, startedBy);
  const anchor: Anchor = { revision: startedBy.revision, type: startedBy.type, atMs };
  const limitMinutes = limitOf(rule, pin.limits);
  if (limitMinutes === null) return { rule, limitMinutes, anchor, deadlineAtMs: null, proof: null };
  const deadlineAtMs = atMs + limitMinutes * MINUTE_MS;
  const proof = { rule, limitMinutes, configVersion: pin.version, anchor, deadlineAtMs };
  return { rule, limitMinutes, anchor, deadlineAtMs, proof };
}

/**
 * Is this Lapse's own close? A `closed` with a proof, whose reason is the rule that runs and whose time as written is
 * the deadline. What else the proof says is the audit's concern.
 */
export function isLapsesOwn(event: EventRecord, clock: Clock): boolean {
  const proof = event.data['proof'];
  const hasProof = proof !== undefined && proof !== null;
  return hasProof && event.data['reason'] === clock.rule && event.occurredAtMs === clock.deadlineAtMs;
}

function verdictOn(events: readonly EventRecord[], before: readonly Verdict[], pin: Pin | null): Verdict {
  const at = before.length;
  const event = events[at]!;
  if (at === 0) return 'opens';
  if (isRepeated(events, at)) return 'repeated-id';
  if (!KNOWN_TYPES.includes(event.type)) return 'unknown-type';
  if (event.type === 'opened') return 'second-opened';
  if (event.type === 'config-version') return event.revision === pin?.revision ? 'pins' : 'idle-pin';
  if (before.includes('closes')) return 'after-close';
  const inTime = event.type === 'closed' ? 'closes' : 'counts';
  if (pin === null) return inTime;
  const clock = clockAfter(events, before, pin);
  if (before.includes('late')) return event.type === 'closed' && isLapsesOwn(event, clock) ? 'closes' : 'after-latch';
  // "Over 6 h" is strictly over (D1): an event at the deadline is in time.
  if (clock.deadlineAtMs !== null && event.occurredAtMs > clock.deadlineAtMs) return 'late';
  return inTime;
}

/**
 * The verdict on each event of a stream that begins with `opened` and holds nothing unreadable. Each is found by asking
 * everything again of the whole list: which pin the stream has, wherever it stands ("as if it had been there from the
 * start"), what runs after the events before, when its deadline is. A stream without a pin that nobody closed holds its
 * messages; one that was closed before any pin counts them, for without limits nothing is late.
 */
export function verdictsOn(events: readonly EventRecord[]): readonly Verdict[] {
  const pin = pinOf(events);
  const verdicts: Verdict[] = [];
  for (let at = 0; at < events.length; at += 1) verdicts.push(verdictOn(events, verdicts, pin));
  if (pin !== null || verdicts.includes('closes')) return verdicts;
  return verdicts.map((verdict) => (verdict === 'counts' ? 'held' : verdict));
}
