export interface ProjectionLimits {
  /** Events of one page. */
  readonly pageSizeMax: number;
  /** Rows that may wait to be written; then the next page waits for them. */
  readonly dirtyRowsMax: number;
  /** How long a row may wait to be written while events come in. */
  readonly flushDelayMs: number;
  /** How often the head of the log is looked at, to notice a stall. */
  readonly headIntervalMs: number;
  /** How long the head may be ahead without any progress before that is called a stall. */
  readonly stalledAfterMs: number;
  /** The longest pause before another try after trouble. */
  readonly retryDelayMsMax: number;
  readonly retryDelayMsFirst: number;
  /** How many may wait for a position at once. */
  readonly waitersMax: number;
}

export const defaultLimits: ProjectionLimits = {
  pageSizeMax: 2_000,
  dirtyRowsMax: 20_000,
  flushDelayMs: 100,
  headIntervalMs: 1_000,
  stalledAfterMs: 10_000,
  retryDelayMsMax: 10_000,
  retryDelayMsFirst: 50,
  waitersMax: 10_000,
};
