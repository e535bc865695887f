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

/** Most rows of small merchants stay without: shared, they cost a rebuild neither memory nor its collection. */
const NO_COUNTS: HistogramCounts = [];
const NO_REASONS: Record<string, number> = Object.freeze({});

export const emptyRow = (): ActivityRow => ({
  opened: 0,
  closedByReason: NO_REASONS,
  buyerMessages: 0,
  agentMessages: 0,
  automatedMessages: 0,
  firstReplyMs: NO_COUNTS,
  waitMs: NO_COUNTS,
  noticedAfterMs: NO_COUNTS,
});

export const countReason = (row: ActivityRow, reason: string): void => {
  if (row.closedByReason === NO_REASONS) row.closedByReason = {};
  row.closedByReason[reason] = (row.closedByReason[reason] ?? 0) + 1;
};
