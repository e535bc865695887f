import type { EventType } from '../events/index.js';
import { refuse, type Refusal } from '../errors.js';
import { deadlineOf, isLate } from './deadline.js';
import { evolve } from './fold.js';
import type { FoldEvent } from './fold-event.js';
import type { SessionState } from './state.js';

/** An event that a sender wants in a session; `atMs` as it will be written (D8). */
export interface Candidate {
  readonly type: Extract<EventType, 'message-from-buyer' | 'message-from-agent' | 'queued' | 'closed'>;
  readonly atMs: number;
  readonly automated: boolean;
}

export interface Receipt {
  readonly receivedAtMs: number;
  readonly closeGraceMs: number;
}

/** Where a session stands towards an event that arrives now: it takes it, it has lapsed (a close is due first), it is closed. */
export type Standing = 'takes-it' | 'has-lapsed' | 'is-closed';

/**
 * D6 and D7 in one place. The deadline wins over an event that happened after it, and over one that happened in time but
 * arrives after the grace; a latched session has lapsed whatever comes.
 */
export const standingTowards = (state: SessionState, candidate: Candidate, receipt: Receipt): Standing => {
  if (state.status === 'closed') return 'is-closed';
  if (state.latched) return 'has-lapsed';
  const deadlineAtMs = deadlineOf(state);
  const atMs = Math.max(candidate.atMs, state.timeAtMs);
  const isTooLate = isLate(atMs, deadlineAtMs) || arrivesAfterGrace(deadlineAtMs, receipt);
  return isTooLate ? 'has-lapsed' : 'takes-it';
};

const arrivesAfterGrace = (deadlineAtMs: number | undefined, receipt: Receipt): boolean =>
  deadlineAtMs !== undefined && receipt.receivedAtMs > deadlineAtMs + receipt.closeGraceMs;

/** D10: only a message of a person or a `queued` opens a successor; an automated message and a `closed` never do. */
export const mayOpenSuccessor = (candidate: Candidate): boolean => candidate.type !== 'closed' && !candidate.automated;

/** D8: the time that is written, or `undefined` for one too far ahead of the receipt. */
export const acceptedTimeMs = (claimedAtMs: number, receivedAtMs: number, clockSkewMs: number): number | undefined =>
  claimedAtMs > receivedAtMs + clockSkewMs ? undefined : Math.min(claimedAtMs, receivedAtMs);

/**
 * Judges the rest of a batch whose first event goes to `home` (`stateAfterFirst`: home with that event folded in), each
 * as if it were sent alone at the same receipt. `undefined`: all of them go there too.
 */
export const judgeRest = (
  stateAfterFirst: SessionState,
  candidates: readonly Candidate[],
  receipt: Receipt,
  homeIsSuccessor: boolean,
): Refusal | undefined => {
  let state = stateAfterFirst;
  for (let index = 1; index < candidates.length; index++) {
    const candidate = candidates[index] as Candidate;
    if (homeIsSuccessor && candidate.automated && candidate.type !== 'closed') {
      return refuse('session-closed', `event ${index} is automated and the session it names is closed`, { index });
    }
    const actsElsewhere = homeIsSuccessor && candidate.type === 'closed';
    if (actsElsewhere || standingTowards(state, candidate, receipt) !== 'takes-it') {
      return refuse('batch-crosses-close', `event ${index} would not go where event 0 goes: nothing was written`, {
        index,
      });
    }
    state = evolve(state, asFoldEvent(candidate, state.revision + 1));
  }
  return undefined;
};

/** A candidate as the fold will see it once it is written. */
export const asFoldEvent = (candidate: Candidate, revision: number): FoldEvent => {
  const { atMs } = candidate;
  switch (candidate.type) {
    case 'message-from-buyer':
      return { kind: candidate.type, revision, atMs };
    case 'message-from-agent':
      return { kind: candidate.type, revision, atMs, automated: candidate.automated };
    case 'queued':
      return { kind: candidate.type, revision, atMs };
    case 'closed':
      return { kind: candidate.type, revision, atMs, data: { reason: 'by-system' } };
  }
};
