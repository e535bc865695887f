import type { HistogramCounts } from '../histogram.js';

/** What happened with one merchant's sessions, or with all, in one hour (UTC). */
export type ActivityRow = {
  opened: number;
  closedByReason: Record<string, number>;
  buyerMessages: number;
  /** By people. */
  agentMessages: number;
  automatedMessages: number;
  /** From the opening to a human agent's first message, in the hour of that message. */
  firstReplyMs: HistogramCounts;
  /** From entering the queue to leaving it, by an agent's message or by the close, in the hour of leaving. */
  waitMs: HistogramCounts;
  /** From a deadline to the moment at which an engine noticed, its grace included, in the hour of the deadline. */
  noticedAfterMs: HistogramCounts;
};

export const emptyRow = (): ActivityRow => ({
  opened: 0,
  closedByReason: {},
  buyerMessages: 0,
  agentMessages: 0,
  automatedMessages: 0,
  firstReplyMs: [],
  waitMs: [],
  noticedAfterMs: [],
});

export const countReason = (row: ActivityRow, reason: string): void => {
  row.closedByReason[reason] = (row.closedByReason[reason] ?? 0) + 1;
};
