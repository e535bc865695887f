import { formatInstant, readEvent, type CloseReason, type StreamNames } from '@lapse/domain';
import type { EventStore } from '@lapse/store';
import type { PlayedSession } from './under-rules.js';

/** How the sessions of a played history ended. `recorded`: the source itself closed it. */
export interface PlayedSummary {
  readonly sessions: number;
  readonly sourceSessions: number;
  readonly successors: number;
  /** Reasons that did not occur are left out. */
  readonly closed: Readonly<Partial<Record<ClosingReason, number>>>;
}

export type ClosingReason = 'agent-silent' | 'buyer-silent' | 'queue-expired' | 'recorded';

/** One session's end: of which conversation, the how-manieth session of it (from 0), when and why. */
export interface Closing {
  readonly session: string;
  readonly successorIndex: number;
  readonly closedAtMs: number;
  readonly reason: ClosingReason;
}

/** Reads the close of every played session from the store: what is reported is what was written. */
export const readClosings = async (
  store: EventStore,
  names: StreamNames,
  played: readonly PlayedSession[],
): Promise<readonly Closing[]> => {
  const closings: Closing[] = [];
  for (const { session, sessionIds } of played) {
    for (const [successorIndex, sessionId] of sessionIds.entries()) {
      const page = await store.readStream(names.session(sessionId), { direction: 'backwards', maxCount: 1 });
      const last = page.kind === 'page' ? page.events[0] : undefined;
      const read = last === undefined ? undefined : readEvent(last);
      if (read?.kind !== 'event' || read.event.type !== 'closed') continue;
      const { occurredAtMs, data } = read.event;
      closings.push({ session, successorIndex, closedAtMs: occurredAtMs, reason: closingReason(data.reason) });
    }
  }
  return closings;
};

const closingReason = (reason: CloseReason): ClosingReason =>
  reason === 'agent-silent' || reason === 'buyer-silent' || reason === 'queue-expired' ? reason : 'recorded';

export const summarise = (played: readonly PlayedSession[], closings: readonly Closing[]): PlayedSummary => {
  const order: readonly ClosingReason[] = ['agent-silent', 'buyer-silent', 'queue-expired', 'recorded'];
  const counts = order.map(
    (reason) => [reason, closings.filter((closing) => closing.reason === reason).length] as const,
  );
  const sessions = played.reduce((sum, { sessionIds }) => sum + sessionIds.length, 0);
  return {
    sessions,
    sourceSessions: played.length,
    successors: sessions - played.length,
    closed: Object.fromEntries(counts.filter(([, count]) => count > 0)),
  };
};

/** One line a session: conversation, successor index, close time, reason; by the conversation's bytes, then the index. */
export const closingsAsTsv = (closings: readonly Closing[]): string =>
  closings
    .map((closing) => ({ closing, key: Buffer.from(closing.session) }))
    .sort((a, b) => Buffer.compare(a.key, b.key) || a.closing.successorIndex - b.closing.successorIndex)
    .map(
      ({ closing }) =>
        `${closing.session}\t${closing.successorIndex}\t${formatInstant(closing.closedAtMs)}\t${closing.reason}\n`,
    )
    .join('');
