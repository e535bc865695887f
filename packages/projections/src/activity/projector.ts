import {
  KIND_AGENT_MESSAGE,
  KIND_BUYER_MESSAGE,
  KIND_CLOSED,
  KIND_DECISION,
  KIND_OPENED,
  KIND_UNCERTAIN,
  parseInstant,
  type FoldEvent,
  type SessionState,
} from '@lapse/domain';
import { addToCounts, type HistogramCounts } from '../histogram.js';
import type { ProjectedEvent, Projector, SessionBefore } from '../projector.js';
import { decidedChanges } from './decided.js';
import { activityKey, HourKeys, hourOf } from './hour-keys.js';
import { countReason, emptyRow, type ActivityRow } from './row.js';

const hourKeys = new HourKeys();
const NO_ROW: readonly string[] = [];

/**
 * `activity`: what happened hour by hour. Only what counted for its session counts here: no late message, no second close, no
 * repeated id. What a session without limits holds counts as it comes: nobody can say yet what is late.
 */
export const activity: Projector<ActivityRow> = {
  name: 'activity',
  version: 1,
  reads: ['session'],
  kinds: [KIND_OPENED, KIND_BUYER_MESSAGE, KIND_AGENT_MESSAGE, KIND_CLOSED, KIND_UNCERTAIN, KIND_DECISION],
  keysOf: (event) => {
    const { session, before } = event;
    if (session?.opened === undefined || before === undefined) return NO_ROW;
    if (event.kind === KIND_DECISION) return keysOfDecision(session, before);
    if (!hasCounted(event, session, before)) return NO_ROW;
    return hourKeys.of(session.opened.merchantId, atMsOf(event));
  },
  start: emptyRow,
  apply: (row, event, key) => {
    const { session, before } = event;
    if (session === undefined || before === undefined) return row;
    if (event.kind === KIND_DECISION) {
      for (const { atMs, count } of decidedChanges(session, before)) if (isOfHour(key, atMs)) count(row);
    } else if (before.status === 'missing') row.opened++;
    else if (session.status === 'closed') countClose(row, event, session, before);
    else if (session.status === 'unpinned') countHeld(row, session);
    else countMessage(row, session, before);
    return row;
  },
};

const keysOfDecision = (session: SessionState, before: SessionBefore): readonly string[] => {
  const { merchantId } = session.opened as { merchantId: string };
  return [...new Set(decidedChanges(session, before).flatMap(({ atMs }) => hourKeys.of(merchantId, atMs)))];
};

const isOfHour = (key: string, atMs: number): boolean => key.endsWith(activityKey('', hourOf(atMs)));

/** Of an event that an older Lapse could not read, the store does not know the time. */
const atMsOf = (event: ProjectedEvent): number =>
  event.kind === KIND_UNCERTAIN ? (event.event?.occurredAtMs ?? 0) : event.atMs;

const hasCounted = (event: ProjectedEvent, session: SessionState, before: SessionBefore): boolean => {
  if (session.status === 'unpinned' && before.status === 'unpinned') return isHeldNow(event, session);
  if (session.status !== before.status) return session.status === 'closed' || before.status === 'missing';
  return (
    session.buyerMessages !== before.buyerMessages ||
    session.agentMessages !== before.agentMessages ||
    session.automatedMessages !== before.automatedMessages
  );
};

const isHeldNow = ({ revision }: ProjectedEvent, { held }: SessionState): boolean => {
  const last = held.at(-1);
  return last?.revision === revision && last.kind !== 'queued';
};

const countMessage = (row: ActivityRow, session: SessionState, before: SessionBefore): void => {
  if (session.buyerMessages !== before.buyerMessages) {
    row.buyerMessages++;
  } else if (session.agentMessages === before.agentMessages) {
    row.automatedMessages++;
  } else {
    row.agentMessages++;
    const { firstReplyAtMs, openedAtMs } = session;
    if (before.firstReplyAtMs === undefined && firstReplyAtMs !== undefined) {
      row.firstReplyMs = addToCounts(row.firstReplyMs, firstReplyAtMs - openedAtMs);
    }
    row.waitMs = withEndedWait(row.waitMs, session, before);
  }
};

const withEndedWait = (waitMs: HistogramCounts, session: SessionState, before: SessionBefore): HistogramCounts => {
  if (before.waitingSinceMs === undefined || session.waitingSinceMs !== undefined) return waitMs;
  return addToCounts(waitMs, session.timeAtMs - before.waitingSinceMs);
};

const countClose = (row: ActivityRow, event: ProjectedEvent, session: SessionState, before: SessionBefore): void => {
  const { close } = session;
  if (close === undefined) return;
  countReason(row, close.reason);
  row.waitMs = withEndedWait(row.waitMs, session, before);
  if (close.proof === undefined) return;
  const noticedAtMs = noticedAtMsOf(event.metadata);
  if (noticedAtMs !== undefined) row.noticedAfterMs = addToCounts(row.noticedAfterMs, noticedAtMs - close.atMs);
};

const countHeld = (row: ActivityRow, { held, openedAtMs }: SessionState): void => {
  const message = held.at(-1);
  if (message?.kind === 'message-from-buyer') row.buyerMessages++;
  if (message?.kind !== 'message-from-agent') return;
  if (message.automated) {
    row.automatedMessages++;
    return;
  }
  row.agentMessages++;
  const { isFirstReply, waitingSinceMs, timeAtMs } = foldHeld(held, openedAtMs);
  if (isFirstReply) row.firstReplyMs = addToCounts(row.firstReplyMs, timeAtMs - openedAtMs);
  if (waitingSinceMs !== undefined) row.waitMs = addToCounts(row.waitMs, timeAtMs - waitingSinceMs);
};

/** How a session stands at the last of what it holds, a human agent's message. */
const foldHeld = (
  held: readonly FoldEvent[],
  openedAtMs: number,
): { isFirstReply: boolean; waitingSinceMs: number | undefined; timeAtMs: number } => {
  let timeAtMs = openedAtMs;
  let replies = 0;
  let waitingSinceMs: number | undefined;
  held.forEach((event, i) => {
    if (!('atMs' in event)) return;
    timeAtMs = Math.max(timeAtMs, event.atMs);
    if (event.kind === 'queued') waitingSinceMs ??= timeAtMs;
    if (event.kind !== 'message-from-agent' || event.automated) return;
    replies++;
    if (i < held.length - 1) waitingSinceMs = undefined;
  });
  return { isFirstReply: replies === 1, waitingSinceMs, timeAtMs };
};

const NOTICED_AT = /"noticedAt":"([^"]*)"/;

/** Its writer's own clock: unlike the store's time it stays when a log is copied or a history is imported. */
const noticedAtMsOf = (metadata: string): number | undefined => {
  const noticedAt = NOTICED_AT.exec(metadata)?.[1];
  return noticedAt === undefined ? undefined : parseInstant(noticedAt);
};
