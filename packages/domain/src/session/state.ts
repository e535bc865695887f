import type { Actor, CloseReason, EventType, OpenedData, Proof, TimeoutRule } from '../events/index.js';
import type { Limits } from '../merchant/policy.js';
import type { FoldEvent } from './fold-event.js';

/** The limits a session was opened under. They never change while it lives. */
export interface Pin extends Limits {
  readonly version: number;
  readonly merchantRevision: number | null;
}

/** How a session ended. `atMs` is the time that counted (D8); for a timeout it is the deadline. */
export interface SessionClose {
  readonly reason: CloseReason;
  readonly atMs: number;
  readonly revision: number;
  readonly closedBy: Actor | undefined;
  readonly sourceReason: string | undefined;
  readonly proof: Proof | undefined;
}

export interface Parked {
  readonly revision: number;
  readonly why: string;
}

/**
 * A session folded from its stream. `fold` changes it in place (projections fold millions of events); everybody else
 * uses `evolve`, which does not. Flat on purpose: one shape, few objects.
 */
export interface SessionState {
  readonly stream: string;
  /** `unpinned`: a foreign writer's bare `opened`, whose limits nobody recorded yet: what came since is held. */
  status: 'missing' | 'unpinned' | 'open' | 'closed';
  /** D11: the stream cannot be folded from here on. A close recorded before it stays. */
  parked: Parked | undefined;
  /** The last revision seen; -1 before the first event. */
  revision: number;
  opened: OpenedData | undefined;
  openedAtMs: number;
  /** The session's time (D8): it never runs backwards. */
  timeAtMs: number;
  pin: Pin | undefined;
  /** The rule that runs while the session is open, and the event it counts from. */
  rule: TimeoutRule;
  anchorRevision: number;
  anchorType: EventType;
  anchorAtMs: number;
  /** D6: an event after the deadline has been seen. From here on only Lapse's own close counts. */
  latched: boolean;
  /** Waiting in the queue since, whatever rule runs; undefined when not waiting. */
  waitingSinceMs: number | undefined;
  queueId: string | undefined;
  close: SessionClose | undefined;
  /** Before the pin: what came after `opened`, folded when the pin comes. */
  held: FoldEvent[];
  buyerMessages: number;
  agentMessages: number;
  automatedMessages: number;
  /** When a human agent wrote first. */
  firstReplyAtMs: number | undefined;
  /** Counted, shown, without any effect: late events, types that Lapse does not know, repeated ids, second openings and pins. */
  lateEvents: number;
  unknownEvents: number;
  repeatedIds: number;
  ignoredEvents: number;
}

/** A session of which nothing has been seen. */
export const unseen = (stream: string): SessionState => ({
  stream,
  status: 'missing',
  parked: undefined,
  revision: -1,
  opened: undefined,
  openedAtMs: 0,
  timeAtMs: 0,
  pin: undefined,
  rule: 'agent-silent',
  anchorRevision: 0,
  anchorType: 'opened',
  anchorAtMs: 0,
  latched: false,
  waitingSinceMs: undefined,
  queueId: undefined,
  close: undefined,
  held: [],
  buyerMessages: 0,
  agentMessages: 0,
  automatedMessages: 0,
  firstReplyAtMs: undefined,
  lateEvents: 0,
  unknownEvents: 0,
  repeatedIds: 0,
  ignoredEvents: 0,
});

export const copyOf = (state: SessionState): SessionState => ({ ...state, held: [...state.held] });
