import type { PinAnswer, SweepAnswer } from '@lapse/commands';
import type { SessionState } from '@lapse/domain';

/** A session as the read side holds it. */
export interface HeldSession {
  readonly key: number;
  readonly id: string;
  readonly state: SessionState;
}

/** Where the sweep looks. A row is a hint: the append at its revision settles what it says. */
export interface SessionSource {
  /** The session behind a key, from memory or from its row. */
  findByKey(key: number): HeldSession | undefined;
  /** False while the read side catches up after a start: until then nothing is emitted. */
  isCaughtUp(): boolean;
}

/** What the sweep may do. */
export interface SweepCommands {
  closeIfDue(state: SessionState, nowMs: number): Promise<SweepAnswer>;
  pinBareSession(sessionId: string): Promise<PinAnswer>;
}

export interface TimeoutsLog {
  (line: { readonly level: 'info' | 'warn' | 'error'; readonly what: string; readonly message: string }): void;
}

export interface TimeoutsSettings {
  readonly closeGraceMs: number;
  readonly clockSkewMs: number;
  /** How often it looks at most; a nearer deadline wakes it earlier. */
  readonly sweepIntervalMs: number;
  /** How much longer than others this engine waits. */
  readonly standbyDelayMs: number;
}

export interface TimeoutsOptions {
  readonly source: SessionSource;
  readonly commands: SweepCommands;
  readonly settings: TimeoutsSettings;
  readonly nowMs: () => number;
  /** Runs `run` once after `delayMs`; the answer cancels it. */
  readonly setTimer: (delayMs: number, run: () => void) => () => void;
  readonly log?: TimeoutsLog;
}
