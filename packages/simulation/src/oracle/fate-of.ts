import type { Parked } from './park.js';
import { heardEvents, parkedBy } from './park.js';
import type { Clock, EventRecord, Proof, SessionLog } from './records.js';
import { isAutomated } from './records.js';
import type { Pin, Verdict } from './verdicts.js';
import { clockAfter, countedAtMs, countedTalk, isLapsesOwn, pinOf, verdictsOn } from './verdicts.js';

/** The close that ended a session. */
export interface Close {
  readonly revision: number;
  readonly id: string;
  readonly reason: string;
  /** As written. */
  readonly occurredAtMs: number;
  /** The time at which it counted (D8): never before anything that counted before it. */
  readonly countedAtMs: number;
  /** It has a proof, its reason is the rule that ran and its time the deadline. A stranger's copy of it would pass too. */
  readonly lapsesOwn: boolean;
  /** What a right timeout close at this place must prove; null where no rule could run out, or no pin stood before. */
  readonly proofDue: Proof | null;
}

/** Which revisions of the stream did what. Every event that was heard stands in exactly one list. */
export interface Tally {
  /** `opened`, the pin, messages and `queued` in time, and the close. */
  readonly counted: readonly number[];
  readonly late: readonly number[];
  /** Second `opened`, second or useless pins, unknown types, and what stands behind a latch or a close. */
  readonly ignored: readonly number[];
  readonly repeated: readonly number[];
  /** Messages and `queued` of a stream that has neither a pin nor a close. */
  readonly held: readonly number[];
  /** The event that parks the stream, and all behind it. */
  readonly unheard: readonly number[];
  /** How many of the ignored ones are of a type that Lapse does not know (D11). */
  readonly unknownTypes: number;
  /** Messages that counted. */
  readonly messages: { readonly buyer: number; readonly agent: number; readonly automated: number };
}

/** All that the oracle says about one session's stream. */
export interface Fate {
  readonly state: 'missing' | 'parked' | 'unpinned' | 'open' | 'closed';
  /** Not null exactly when `state` is `parked`. */
  readonly parked: Parked | null;
  readonly pin: Pin | null;
  /** The running rule of an open session; null in every other state. */
  readonly clock: Clock | null;
  /** A late event stands in the log and only Lapse's own close counts any more (D6); false once it has come. */
  readonly latched: boolean;
  /** Since when an open session waits in the queue, whatever rule runs; null when it does not. */
  readonly waitingSinceMs: number | null;
  /** The close that counts. It stays when the stream is parked by an event behind it. */
  readonly close: Close | null;
  readonly tally: Tally;
}

function tallyOf(log: SessionLog, events: readonly EventRecord[], verdicts: readonly Verdict[]): Tally {
  const those = (...wanted: Verdict[]) =>
    events.filter((_, at) => wanted.includes(verdicts[at]!)).map((event) => event.revision);
  const talk = countedTalk(events, verdicts);
  return {
    counted: those('opens', 'pins', 'counts', 'closes'),
    late: those('late'),
    ignored: those('second-opened', 'idle-pin', 'unknown-type', 'after-latch', 'after-close'),
    repeated: those('repeated-id'),
    held: those('held'),
    unheard: log.events.slice(events.length).map((event) => event.revision),
    unknownTypes: those('unknown-type').length,
    messages: {
      buyer: talk.filter((event) => event.type === 'message-from-buyer').length,
      agent: talk.filter((event) => event.type === 'message-from-agent' && !isAutomated(event)).length,
      automated: talk.filter((event) => isAutomated(event)).length,
    },
  };
}

function closeOf(events: readonly EventRecord[], verdicts: readonly Verdict[], pin: Pin | null): Close | null {
  const at = verdicts.indexOf('closes');
  const event = events[at];
  if (event === undefined) return null;
  const clock = pin === null ? null : clockAfter(events, verdicts.slice(0, at), pin);
  return {
    revision: event.revision,
    id: event.id,
    reason: String(event.data['reason']),
    occurredAtMs: event.occurredAtMs,
    countedAtMs: countedAtMs(events, verdicts, event),
    lapsesOwn: clock !== null && isLapsesOwn(event, clock),
    proofDue: clock?.proof ?? null,
  };
}

/** The first `queued` that counted since a human agent last spoke; his message ends the wait, a buyer's does not (D4). */
function waitingSince(events: readonly EventRecord[], verdicts: readonly Verdict[]): number | null {
  const talk = countedTalk(events, verdicts);
  const answeredAt = talk.findLastIndex((event) => event.type === 'message-from-agent' && !isAutomated(event));
  const entry = talk.slice(answeredAt + 1).find((event) => event.type === 'queued');
  return entry === undefined ? null : countedAtMs(events, verdicts, entry);
}

/**
 * What has become of a session, from its stream alone: no clock, no store time, no other stream (D21). A second, slow
 * reading of the rules, for comparing the engine with; it walks the whole list for every question and takes time in the
 * square of the stream's length, and its recursion is as deep as the stream is long (a few thousand events at most).
 *
 * Order of the questions: no event at all is `missing`; then what parks (see `parkedBy`); then, among the events before
 * the one that parks, the close that counts; a stream with neither close nor pin is `unpinned`; the rest is `open`.
 */
export function fateOf(log: SessionLog): Fate {
  const parked = parkedBy(log);
  const events = heardEvents(log);
  const verdicts = verdictsOn(events);
  const pin = pinOf(events);
  const close = closeOf(events, verdicts, pin);
  const found = { parked, pin, close, tally: tallyOf(log, events, verdicts) };
  const still = { clock: null, latched: false, waitingSinceMs: null };
  if (log.events.length === 0) return { state: 'missing', ...found, ...still };
  if (parked !== null) return { state: 'parked', ...found, ...still };
  if (close !== null) return { state: 'closed', ...found, ...still };
  if (pin === null) return { state: 'unpinned', ...found, ...still };
  return {
    state: 'open',
    ...found,
    clock: clockAfter(events, verdicts, pin),
    latched: verdicts.includes('late'),
    waitingSinceMs: waitingSince(events, verdicts),
  };
}
