import { formatInstant, viewAt } from '@lapse/domain';
import type { ProjectionStatus, QueueEntry, RebuildStatus, SessionHandle } from '@lapse/projections';
import type { ProjectionsAnswer, QueueAnswer, RebuildState, SessionsAnswer } from '@lapse/api';
import { instantOrNull } from './instants.js';

type ListedSession = SessionsAnswer['sessions'][number];

/** A row knows its deadline; that it has passed is known only now (D20). */
export const listedSession = ({ id, state }: SessionHandle, nowMs: number, closeGraceMs: number): ListedSession => {
  const view = viewAt(state, nowMs, closeGraceMs);
  const { parked } = state;
  const isParked = parked !== undefined;
  return {
    sessionId: id,
    merchantId: state.opened?.merchantId ?? null,
    buyerId: state.opened?.buyerId ?? null,
    externalId: state.opened?.externalId ?? null,
    state: isParked ? 'parked' : view.state,
    openedAt: state.opened === undefined ? null : formatInstant(state.openedAtMs),
    rule: isParked ? null : (view.rule ?? null),
    deadline: isParked ? null : instantOrNull(view.deadlineAtMs),
    waitingSince: instantOrNull(state.waitingSinceMs),
    closedAt: instantOrNull(view.close?.atMs),
    closeReason: view.close?.reason ?? null,
    parked: isParked ? { ...parked } : null,
  };
};

export const waitingSession = (
  entry: QueueEntry,
  nowMs: number,
  closeGraceMs: number,
): QueueAnswer['waiting'][number] => {
  const { sessionId, merchantId, rule, deadline, parked } = listedSession(entry, nowMs, closeGraceMs);
  const { queueId } = entry.state;
  return {
    sessionId,
    merchantId,
    queueId: queueId ?? null,
    since: formatInstant(entry.waitingSinceMs),
    rule,
    deadline,
    parked,
  };
};

const placeOrNull = (place: ProjectionStatus['position']): string | null => (place === 'start' ? null : place);

export const projectionAnswer = (status: ProjectionStatus): ProjectionsAnswer['projections'][number] => ({
  name: status.name,
  version: status.version,
  state: status.state,
  position: placeOrNull(status.position),
  head: placeOrNull(status.head),
  lagEvents: status.lagEvents ?? null,
  lagSeconds: status.lagSeconds ?? null,
  parkedStreams: status.parkedStreams,
  lastError: status.lastError ?? null,
  rebuild: status.rebuild === undefined ? null : rebuildAnswer(status.rebuild),
});

const rebuildAnswer = (rebuild: RebuildStatus): RebuildState => ({
  names: [...rebuild.names],
  why: rebuild.why,
  state: rebuild.state,
  position: placeOrNull(rebuild.position),
  target: placeOrNull(rebuild.target),
  percent: rebuild.share === undefined ? null : Math.round(rebuild.share * 1_000) / 10,
  events: rebuild.events,
  eventsPerSecond: rebuild.eventsPerSecond ?? null,
  etaSeconds: rebuild.etaSeconds ?? null,
  parkedStreams: rebuild.parked,
  startedAt: formatInstant(rebuild.startedAtMs),
  updatedAt: formatInstant(rebuild.updatedAtMs),
  error: rebuild.error ?? null,
});
