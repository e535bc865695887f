import type { SessionState } from '@lapse/domain';
import type { SessionBefore } from '../projector.js';
import { addToCounts } from '../histogram.js';
import { countReason, type ActivityRow } from './row.js';

/** One thing that a row counts, in the hour of `atMs`. */
interface Change {
  readonly atMs: number;
  readonly count: (row: ActivityRow) => void;
}

/**
 * What came while a stream was parked counts when an operator decides on it, all at once. Of the messages only their number is
 * known then: they count in the hour of the session's newest event. Waits that ended meanwhile are left out, and so is what a
 * session without limits held.
 */
export const decidedChanges = (session: SessionState, before: SessionBefore): readonly Change[] => {
  const changes: Change[] = [];
  const { status, openedAtMs, timeAtMs, firstReplyAtMs, close } = session;
  const add = (atMs: number, count: (row: ActivityRow) => void): void => void changes.push({ atMs, count });
  if (before.status === 'missing' && status !== 'missing') add(openedAtMs, (row) => row.opened++);
  if (before.status !== 'unpinned') {
    const messages = messagesSince(session, before);
    if (messages !== undefined) add(timeAtMs, messages);
    if (before.firstReplyAtMs === undefined && firstReplyAtMs !== undefined) {
      add(firstReplyAtMs, (row) => (row.firstReplyMs = addToCounts(row.firstReplyMs, firstReplyAtMs - openedAtMs)));
    }
  }
  if (before.status !== 'closed' && close !== undefined) add(close.atMs, (row) => countReason(row, close.reason));
  return changes;
};

const messagesSince = (session: SessionState, before: SessionBefore): Change['count'] | undefined => {
  const buyer = session.buyerMessages - before.buyerMessages;
  const agent = session.agentMessages - before.agentMessages;
  const automated = session.automatedMessages - before.automatedMessages;
  if (buyer + agent + automated === 0) return undefined;
  return (row) => {
    row.buyerMessages += buyer;
    row.agentMessages += agent;
    row.automatedMessages += automated;
  };
};
