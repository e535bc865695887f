import type { CloseReason, Proof, TimeoutRule } from '../events/index.js';
import { deadlineOf, isLate } from './deadline.js';
import { timeoutClose } from './close.js';
import type { Pin, SessionClose, SessionState } from './state.js';

/** The close that will be written although it is not yet (D20). */
export interface ComingClose {
  readonly reason: CloseReason;
  readonly atMs: number;
  readonly proof: Proof | undefined;
  /** During the grace: an event in time may still come and undo it. */
  readonly provisional: boolean;
}

/** A session as a reader sees it at an instant. */
export interface SessionView {
  readonly state: 'open' | 'lapsed' | 'closed';
  /** What runs; undefined once the session is closed, and while its limits are not recorded yet. */
  readonly rule: TimeoutRule | undefined;
  readonly deadlineAtMs: number | undefined;
  /** Milliseconds to the deadline, never negative; undefined where nothing runs out. */
  readonly remainingMs: number | undefined;
  readonly pin: Pin | undefined;
  readonly close: SessionClose | undefined;
  readonly comingClose: ComingClose | undefined;
}

/** D20: what to tell about a session at `nowMs`, also between its deadline and the record of its close. */
export const viewAt = (state: SessionState, nowMs: number, closeGraceMs: number): SessionView => {
  const deadlineAtMs = deadlineOf(state);
  const hasLapsed = state.latched || isLate(nowMs, deadlineAtMs);
  const isOpen = state.status !== 'closed';
  return {
    state: isOpen ? (hasLapsed ? 'lapsed' : 'open') : 'closed',
    rule: state.status === 'open' ? state.rule : undefined,
    deadlineAtMs,
    remainingMs: deadlineAtMs === undefined ? undefined : hasLapsed ? 0 : deadlineAtMs - nowMs,
    pin: state.pin,
    close: state.close,
    comingClose: isOpen && hasLapsed ? comingClose(state, nowMs, closeGraceMs) : undefined,
  };
};

const comingClose = (state: SessionState, nowMs: number, closeGraceMs: number): ComingClose => {
  const { event } = timeoutClose(state);
  return {
    reason: event.data.reason,
    atMs: event.occurredAtMs,
    proof: event.data.proof,
    provisional: !state.latched && nowMs <= event.occurredAtMs + closeGraceMs,
  };
};
