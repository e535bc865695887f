import { isDue } from './answer-to.js';
import type { Placed } from './commands.js';
import { closeViolations } from './close-invariants.js';
import { symbolic } from './derive.js';
import type { Derive } from './derive.js';
import { pinViolations } from './pin-invariants.js';
import { isSessionStream } from './records.js';
import type { Violation } from './violation.js';
import type { World } from './world.js';
import { fateIn, merchantEvents, sessionEvents } from './world.js';

export interface InvariantOptions {
  /** An instant at which everything has come to rest: all that is due by then must have been written. */
  readonly quiescentAtMs?: number;
  /** For each command that was answered with success, in the order of the answers: where its events went. */
  readonly acknowledged?: readonly (readonly Placed[])[];
  /** True where commands ran beside each other: then a pin that names an older version raced and is no violation (D14). */
  readonly concurrent?: boolean;
  readonly derive?: Derive;
}

function acknowledgedViolations(world: World, placed: readonly Placed[], retry: boolean): Violation[] {
  const found: Violation[] = [];
  for (const { id, stream, revision } of placed) {
    const log = sessionEvents(world, stream);
    const own = log.filter((event) => event.id === id && event.foreign !== true);
    const there = log.some((event) => event.id === id && event.revision === revision);
    if (own.length > 1 || !there)
      found.push({ promise: 'acknowledged-once', stream, what: `${id}: written ${own.length} times, ${there}` });
  }
  const ascending = placed.every(
    (place, at) => at === 0 || place.stream !== placed[at - 1]!.stream || place.revision > placed[at - 1]!.revision,
  );
  // A batch of known events is answered with where they stand, in whatever order they were written at first.
  const strangers = placed.some(({ stream, revision }) => sessionEvents(world, stream)[revision]?.foreign === true);
  if (!ascending && !strangers && !retry)
    found.push({
      promise: 'acknowledged-order',
      stream: placed[0]!.stream,
      what: placed.map((p) => p.revision).join(),
    });
  return found;
}

/** Commands keep ids unique: an event that Lapse wrote has an id that no event before it in its stream bears. */
function idViolations(world: World, stream: string): Violation[] {
  const log = sessionEvents(world, stream);
  return log
    .filter((event) => event.foreign !== true && log.slice(0, event.revision).some((other) => other.id === event.id))
    .map((event) => ({ promise: 'ids-unique', stream, what: `${event.id} again at ${event.revision}` }));
}

/** A successor names its predecessor, has the id derived from it, the same merchant, and does not begin before its close. */
function chainViolations(world: World, stream: string, derive: Derive): Violation[] {
  const opened = sessionEvents(world, stream)[0]!;
  const previous = opened.data['previousSessionId'] as string | undefined;
  if (opened.foreign === true || previous === undefined) return [];
  const predecessor = `session-${previous}`;
  const { close } = fateIn(world, predecessor);
  const wrong = (what: string): Violation[] => [{ promise: 'successor-whole', stream, what }];
  if (close === null) return wrong(`${predecessor} is not closed`);
  if (derive('successor', predecessor, close.countedAtMs) !== stream) return wrong(`not derived from ${predecessor}`);
  if (opened.occurredAtMs < close.countedAtMs) return wrong(`begins before the close of ${predecessor}`);
  const merchantId = sessionEvents(world, predecessor)[0]!.data['merchantId'];
  return opened.data['merchantId'] === merchantId ? [] : wrong('another merchant');
}

function restViolations(world: World, stream: string, quiescentAtMs: number): Violation[] {
  const fate = fateIn(world, stream);
  const opened = sessionEvents(world, stream)[0];
  if (fate.state === 'unpinned')
    return [{ promise: 'pin-missing', stream, what: `of merchant ${String(opened?.data['merchantId'])}` }];
  // A latched session may be closed at once; past the grace it must be.
  const past =
    fate.clock?.deadlineAtMs != null && quiescentAtMs > fate.clock.deadlineAtMs + world.settings.closeGraceMs;
  if (!past || !isDue(world, stream, quiescentAtMs)) return [];
  return [{ promise: 'close-missing', stream, what: `due at ${String(fate.clock?.deadlineAtMs)}` }];
}

/** Versions count up by one from 1, and none repeats the values before it (D12). */
function configViolations(world: World, merchantId: string): Violation[] {
  const versions = merchantEvents(world, merchantId).filter((event) => event.type === 'config-version');
  return versions
    .filter((event, at) => {
      const before = versions[at - 1]?.data;
      const same = before !== undefined && before['buyerReplyMinutes'] === event.data['buyerReplyMinutes'];
      return event.foreign !== true && (same || event.data['version'] !== at + 1);
    })
    .map((event) => ({ promise: 'config-once', stream: `merchant-${merchantId}`, what: `revision ${event.revision}` }));
}

/**
 * Every promise that the world does not keep; none is what a test expects.
 *
 * - one-close, close-last: Lapse writes at most one `closed` to a session, and nothing behind the close that counts;
 *   only a stranger does.
 * - close-right: each close of Lapse's own has the rule, limit, version, anchor and instant that the events before it give,
 *   and the derived id. close-early: none was noticed before its deadline had passed, but for a latched session.
 * - close-missing, pin-missing (with `quiescentAtMs`): nothing that is due by then is still to be written.
 * - pin-right, pin-raced: each pin is a copy of the merchant's version in force at `opened`'s place in the log.
 * - acknowledged-once, acknowledged-order, ids-unique: what was answered with success stands where the answer said, once.
 * - successor-whole: chains of successors have no wrong link. config-once: versions count up and differ.
 *
 * Parked streams are held to what stands before the event that parks them; what strangers wrote is held to nothing.
 */
export function invariants(world: World, options: InvariantOptions = {}): readonly Violation[] {
  const { acknowledged = [], concurrent = false, derive = symbolic, quiescentAtMs } = options;
  const streams = Object.keys(world.sessions).filter(
    (stream) => isSessionStream(stream) && world.sessions[stream]![0]?.type === 'opened',
  );
  const found = [
    ...streams.flatMap((stream) => closeViolations(world, stream, derive)),
    ...streams.flatMap((stream) => pinViolations(world, stream)),
    ...streams.flatMap((stream) => idViolations(world, stream)),
    ...streams.flatMap((stream) => chainViolations(world, stream, derive)),
    ...streams.flatMap((stream) => (quiescentAtMs === undefined ? [] : restViolations(world, stream, quiescentAtMs))),
    ...acknowledged.flatMap((placed, at) => {
      const earlier = acknowledged.slice(0, at).flat();
      const retry = placed.every((place) =>
        earlier.some(({ id, stream }) => id === place.id && stream === place.stream),
      );
      return acknowledgedViolations(world, placed, retry);
    }),
    ...Object.keys(world.merchants).flatMap((merchantId) => configViolations(world, merchantId)),
  ];
  return concurrent ? found.filter((violation) => violation.promise !== 'pin-raced') : found;
}
