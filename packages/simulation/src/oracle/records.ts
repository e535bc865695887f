/**
 * The plain records that the oracle reads. It imports nothing, so that no mistake of the engine can be its own mistake:
 * whoever compares the two turns stored events into these records first.
 */

/** One event of a session's stream, as the log has it. */
export interface EventRecord {
  /** Place in the stream, from 0. Records are handed over in the order of their revisions, without a hole. */
  readonly revision: number;
  /** The event's id, in one spelling: two ids are the same when the strings are. */
  readonly id: string;
  readonly type: string;
  /** `occurredAt` as written, in milliseconds since 1970. */
  readonly occurredAtMs: number;
  /** The event's data without `occurredAt`. Of a `closed`, `proof` has the shape of {@link Proof}. */
  readonly data: Readonly<Record<string, unknown>>;
  /** False when the data could not be parsed. It matters for the six types that Lapse knows only. */
  readonly readable: boolean;
  /** True when the metadata names a schema version that is newer than the reader's. */
  readonly schemaNewer?: boolean;
}

/** One session's stream: its name (`session-<ULID>`, without any cluster prefix) and all its events. */
export interface SessionLog {
  readonly stream: string;
  readonly events: readonly EventRecord[];
}

export type Rule = 'agent-silent' | 'buyer-silent' | 'queue-expired';

export const RULES: readonly Rule[] = ['agent-silent', 'buyer-silent', 'queue-expired'];

export const KNOWN_TYPES: readonly string[] = [
  'opened',
  'config-version',
  'message-from-buyer',
  'message-from-agent',
  'queued',
  'closed',
];

/** The event that started a clock; `atMs` is the time that counted (D8), not the time as given. */
export interface Anchor {
  readonly revision: number;
  readonly type: string;
  readonly atMs: number;
}

/** What a timeout's close must say: the rule, its limit, the config version that gave it, the anchor, the deadline. */
export interface Proof {
  readonly rule: Rule;
  readonly limitMinutes: number;
  readonly configVersion: number;
  readonly anchor: Anchor;
  readonly deadlineAtMs: number;
}

/** The rule that runs. `deadlineAtMs` and `proof` are null when the pinned limit is null: such a rule never runs out. */
export interface Clock {
  readonly rule: Rule;
  readonly limitMinutes: number | null;
  readonly anchor: Anchor;
  readonly deadlineAtMs: number | null;
  readonly proof: Proof | null;
}

export const MINUTE_MS = 60_000;

/** A message that no human wrote (D9): only `message-from-agent` can be one. */
export function isAutomated(event: {
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
}): boolean {
  return event.type === 'message-from-agent' && event.data['automated'] === true;
}

/** Messages of either side, automated ones too, and `queued`: what happens in a session beside its beginning and end. */
export function isTalk(type: string): boolean {
  return type === 'message-from-buyer' || type === 'message-from-agent' || type === 'queued';
}

const ULID = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/;

/** `session-` and a ULID in its canonical (upper case) spelling; anything else parks the stream. */
export function isSessionStream(stream: string): boolean {
  return stream.startsWith('session-') && ULID.test(stream.slice('session-'.length));
}

/** The session's id: its stream's name without `session-`. */
export function sessionIdOf(stream: string): string {
  return stream.slice('session-'.length);
}
