import type { SessionClose } from './session/state.js';

/** Why a command is refused. The codes are stable: they are the API's. */
export type RefusalCode =
  | 'no-such-session'
  | 'session-exists'
  | 'session-closed'
  | 'stream-parked'
  | 'not-parked'
  | 'no-such-stream'
  | 'wrong-revision'
  | 'in-the-future'
  | 'event-id-reused'
  | 'batch-half-known'
  | 'batch-crosses-close'
  | 'fixed-by-platform'
  | 'bad-value'
  | 'not-rolled-out'
  | 'no-such-version'
  | 'chain-too-long'
  | 'contention';

/** A refusal is a value: what was asked cannot be done, and this is why. Nothing of the command was written. */
export interface Refusal {
  readonly kind: 'refused';
  readonly code: RefusalCode;
  readonly message: string;
  /** In a batch: the event, from 0, that made the difference. */
  readonly index?: number;
  readonly actualRevision?: number;
  /** With `session-closed`: the close that stands. */
  readonly close?: SessionClose;
}

export const refuse = (code: RefusalCode, message: string, more: Partial<Omit<Refusal, 'kind'>> = {}): Refusal => ({
  kind: 'refused',
  code,
  message,
  ...more,
});
