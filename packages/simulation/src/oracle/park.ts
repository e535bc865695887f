import type { EventRecord, SessionLog } from './records.js';
import { isSessionStream, KNOWN_TYPES } from './records.js';

/** Why a stream is parked, and at which event; `revision` is null when the name alone parks it. */
export interface Parked {
  readonly why: 'stream-name' | 'first-not-opened' | 'unreadable' | 'newer-schema';
  readonly revision: number | null;
}

/**
 * Does this event park the stream wherever it stands (D11)? A type that Lapse knows but cannot parse, or one of a newer
 * schema version. A type that Lapse does not know never does, whatever its data and its schema version look like.
 */
export function unreadable(event: EventRecord): 'unreadable' | 'newer-schema' | null {
  if (!KNOWN_TYPES.includes(event.type)) return null;
  if (event.schemaNewer === true) return 'newer-schema';
  return event.readable ? null : 'unreadable';
}

/**
 * Is the stream parked, and why? In this order: a name that is no ULID; a first event of whatever type that is not
 * `opened` (an unknown type too); then the first unreadable event. A repeated id does not save an unreadable event. A
 * stream without events is not parked, it is missing.
 */
export function parkedBy(log: SessionLog): Parked | null {
  const first = log.events[0];
  if (first === undefined) return null;
  if (!isSessionStream(log.stream)) return { why: 'stream-name', revision: null };
  if (first.type !== 'opened') return { why: 'first-not-opened', revision: first.revision };
  for (const event of log.events) {
    const why = unreadable(event);
    if (why !== null) return { why, revision: event.revision };
  }
  return null;
}

/** The events that the fold may still hear: all of them, or those before the one that parks the stream. */
export function heardEvents(log: SessionLog): readonly EventRecord[] {
  const parked = parkedBy(log);
  if (parked === null) return log.events;
  return log.events.filter((event) => parked.revision !== null && event.revision < parked.revision);
}
