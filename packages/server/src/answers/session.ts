import {
  explainClose,
  formatInstant,
  viewAt,
  type ComingClose,
  type OpenedData,
  type PlacedEvent,
  type SessionState,
} from '@lapse/domain';
import type { SessionReading } from '@lapse/commands';
import type { SessionAnswer } from '@lapse/api';
import { ProblemError } from '../http/problem-error.js';
import { closeAnswer } from './close.js';
import { limitsAnswer } from './config.js';
import { instantOrNull } from './instants.js';

/** A session as its stream tells it at `nowMs`. Throws `stream-parked` for one that cannot be folded to its end. */
export const sessionAnswer = (reading: SessionReading, nowMs: number, closeGraceMs: number): SessionAnswer => {
  const { state } = reading;
  const opened = openedOf(reading);
  const view = viewAt(state, nowMs, closeGraceMs);
  const events = placed(reading);
  return {
    sessionId: reading.sessionId,
    merchantId: opened.merchantId,
    state: view.state,
    asOf: formatInstant(nowMs),
    rule: view.rule ?? null,
    deadline: instantOrNull(view.deadlineAtMs),
    remainingMs: view.remainingMs ?? null,
    config: state.pin ? { ...limitsAnswer(state.pin), merchantRevision: state.pin.merchantRevision } : null,
    opened: {
      at: formatInstant(state.openedAtMs),
      openedBy: opened.openedBy,
      buyerId: opened.buyerId ?? null,
      agentId: opened.agentId ?? null,
      externalId: opened.externalId ?? null,
    },
    previousSessionId: opened.previousSessionId ?? null,
    queue: queueOf(state),
    firstReplyAt: instantOrNull(state.firstReplyAtMs),
    counts: countsOf(state),
    close: view.close ? { ...closeAnswer(view.close), why: explainClose(view.close, events) } : null,
    comingClose: view.comingClose ? comingCloseAnswer(view.comingClose, events) : null,
    revision: state.revision,
  };
};

/** What a session is about comes from its first event; one without it, or with an event nobody can read, is parked. */
const openedOf = ({ sessionId, state }: SessionReading): OpenedData => {
  const { parked, opened, close } = state;
  if (parked === undefined && opened !== undefined) return opened;
  const where = parked ?? { revision: Math.max(state.revision, 0), why: 'it has no opening' };
  throw new ProblemError(
    'stream-parked',
    `session ${sessionId} is parked at revision ${where.revision}: ${where.why}`,
    { parked: { ...where }, ...(close ? { close: closeAnswer(close) } : {}) },
  );
};

const placed = (reading: SessionReading): readonly PlacedEvent[] =>
  reading.events.flatMap(({ revision, event }) => (event === undefined ? [] : [{ revision, event }]));

const queueOf = (state: SessionState): SessionAnswer['queue'] =>
  state.waitingSinceMs === undefined
    ? null
    : { since: formatInstant(state.waitingSinceMs), queueId: state.queueId ?? null };

const countsOf = (state: SessionState): SessionAnswer['counts'] => ({
  buyerMessages: state.buyerMessages,
  agentMessages: state.agentMessages,
  automatedMessages: state.automatedMessages,
  lateEvents: state.lateEvents,
  unknownEvents: state.unknownEvents,
  repeatedIds: state.repeatedIds,
  ignoredEvents: state.ignoredEvents,
});

/** Explained by the sentence that will stand there once it is written. */
const comingCloseAnswer = (coming: ComingClose, events: readonly PlacedEvent[]): SessionAnswer['comingClose'] => {
  const { reason, atMs, proof, provisional } = coming;
  const asWritten = { reason, atMs, proof, revision: 0, closedBy: undefined, sourceReason: undefined };
  return { reason, at: formatInstant(atMs), provisional, proof: proof ?? null, why: explainClose(asWritten, events) };
};
