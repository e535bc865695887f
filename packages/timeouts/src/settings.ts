export interface TimeoutSettings {
  /** D7: how long after the deadline an event that happened in time may still arrive. */
  readonly closeGraceMs: number;
  /** D21: how far this clock may be from the store's. */
  readonly clockSkewMs: number;
  /** A second engine waits this much longer, so that the first one does the work while it lives. Default 0. */
  readonly standbyDelayMs?: number;
}

export interface TimeoutLimits {
  /** Open sessions with a deadline. */
  readonly pendingMax: number;
  /** Closes that may be on their way to the store at once; they share its transactions. */
  readonly inFlightMax: number;
  /** Closes that the store has taken and the read models have not shown yet; more wait. */
  readonly unseenMax: number;
  readonly pinsInFlightMax: number;
  /** Sessions that may wait for a pin; more are found again when they are next touched, or after a restart. */
  readonly pinsWaitingMax: number;
  /** The sweep looks at least this often, and whenever something is due. */
  readonly sweepIntervalMs: number;
  /** Looks come at least this far apart, so that closes of one moment share a commit. */
  readonly sweepSpacingMs: number;
  readonly retryDelayMsFirst: number;
  readonly retryDelayMsMax: number;
  /** After a session turned out not to be due, or could not be closed, it is looked at again. */
  readonly recheckDelayMs: number;
  /** With a clock that is off: how often one close that is due by either clock tries whether it still is. */
  readonly probeIntervalMs: number;
}

export const defaultLimits: TimeoutLimits = {
  pendingMax: 50_000_000,
  inFlightMax: 2_000,
  unseenMax: 50_000,
  pinsInFlightMax: 32,
  pinsWaitingMax: 1_000_000,
  sweepIntervalMs: 1_000,
  sweepSpacingMs: 2,
  retryDelayMsFirst: 50,
  retryDelayMsMax: 10_000,
  recheckDelayMs: 1_000,
  probeIntervalMs: 30_000,
};
