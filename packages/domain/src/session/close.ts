import { timeoutEventId } from '../ids.js';
import { formatInstant } from '../time.js';
import type { LapseEvent, Proof } from '../events/index.js';
import { deadlineOf, limitMinutesOf } from './deadline.js';
import type { SessionState } from './state.js';

type ClosedEvent = Extract<LapseEvent, { type: 'closed' }>;

/** A timeout close, ready to be appended at `expectedRevision`. The same fold gives the same one, whoever notices. */
export interface TimeoutClose {
  readonly id: string;
  readonly expectedRevision: number;
  readonly event: ClosedEvent;
}

/**
 * The timeout close that a session is due for at `nowMs`: after its deadline (D1) and the grace in which an event that
 * happened in time may still arrive (D7), or at once where a late event has latched the lapse (D6). `undefined` while
 * nothing is due. Stamped with the deadline, not with now.
 */
export const decideTimeout = (state: SessionState, nowMs: number, closeGraceMs: number): TimeoutClose | undefined => {
  const dueAfterMs = timeoutDueAfterMs(state, closeGraceMs);
  return dueAfterMs !== undefined && nowMs > dueAfterMs ? timeoutClose(state) : undefined;
};

/** The instant after which the sweep closes this session; in the past for a latched one, `undefined` for never. */
export const timeoutDueAfterMs = (state: SessionState, closeGraceMs: number): number | undefined => {
  if (state.parked !== undefined) return undefined;
  const deadlineAtMs = deadlineOf(state);
  if (deadlineAtMs === undefined) return undefined;
  return state.latched ? Number.NEGATIVE_INFINITY : deadlineAtMs + closeGraceMs;
};

/** The close of a session that has lapsed. Throws a TypeError where nothing can run out. */
export const timeoutClose = (state: SessionState): TimeoutClose => {
  const deadlineAtMs = deadlineOf(state);
  if (deadlineAtMs === undefined) throw new TypeError(`${state.stream} has no deadline`);
  return {
    id: timeoutEventId(state.stream, state.anchorRevision),
    expectedRevision: state.revision,
    event: {
      type: 'closed',
      occurredAtMs: deadlineAtMs,
      data: { reason: state.rule, proof: proofOf(state, deadlineAtMs) },
    },
  };
};

const proofOf = (state: SessionState, deadlineAtMs: number): Proof => {
  const { pin } = state;
  const limitMinutes = pin === undefined ? null : limitMinutesOf(pin, state.rule);
  if (pin === undefined || limitMinutes === null) throw new TypeError(`${state.stream} has no limit`);
  return {
    rule: state.rule,
    limitMinutes,
    configVersion: pin.version,
    anchor: {
      revision: state.anchorRevision,
      type: state.anchorType,
      occurredAt: formatInstant(state.anchorAtMs),
    },
    deadline: formatInstant(deadlineAtMs),
  };
};
