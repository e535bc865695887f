import type { Proof, Rule } from './records.js';

type Data = Readonly<Record<string, unknown>>;

/** An event as a sender hands it in. Without `occurredAtMs` the time of receipt counts (D17). */
export interface SentEvent {
  readonly id: string;
  /** `message-from-buyer`, `message-from-agent`, `queued` or `closed`. */
  readonly type: string;
  readonly data: Data;
  readonly occurredAtMs?: number;
}

/** Opens a session. `stream` and `id` are always given: who leaves them out gets fresh ones before it comes here. */
export interface OpenCommand {
  readonly do: 'open';
  readonly stream: string;
  readonly id: string;
  /** `opened`'s data: merchantId, openedBy and so on. */
  readonly data: Data;
  readonly occurredAtMs?: number;
  readonly nowMs: number;
}

/** One event, or a batch that is all or nothing. Never empty. */
export interface AppendCommand {
  readonly do: 'append';
  readonly stream: string;
  readonly events: readonly SentEvent[];
  readonly onClosed: 'refuse' | 'open-new';
  readonly expectedRevision?: number;
  readonly nowMs: number;
}

/** Pins every bare `opened`, then writes every close that is due. */
export interface SweepCommand {
  readonly do: 'sweep';
  readonly nowMs: number;
}

/** The main account's or the platform's doing with a merchant's limits. */
export interface ConfigCommand {
  readonly do: 'config';
  readonly action: 'rollout' | 'change' | 'revert';
  readonly merchantId: string;
  /** `change`: `buyerReplyMinutes`, or an attempt at `agentReplyMinutes` or `queueMinutes`. */
  readonly values?: Data;
  /** `revert`: the version to go back to. */
  readonly toVersion?: unknown;
  readonly changedBy: { readonly role: string; readonly id: string };
  readonly nowMs: number;
}

export interface ReadCommand {
  readonly do: 'read';
  readonly stream: string;
  readonly nowMs: number;
}

/** No command of Lapse: an upstream service writes straight into the store, past every check. */
export interface ForeignWrite {
  readonly do: 'foreign';
  readonly stream: string;
  readonly id: string;
  readonly type: string;
  readonly data: Data;
  readonly occurredAtMs: number;
  readonly readable?: boolean;
  readonly schemaNewer?: boolean;
  readonly nowMs: number;
}

/** `nowMs` is the receipt, by the clock of the engine that receives. */
export type Command = OpenCommand | AppendCommand | SweepCommand | ConfigCommand | ReadCommand | ForeignWrite;

export type Code =
  | 'stream-parked'
  | 'event-id-reused'
  | 'batch-half-known'
  | 'no-such-session'
  | 'session-exists'
  | 'in-the-future'
  | 'session-closed'
  | 'batch-crosses-close'
  | 'wrong-revision'
  | 'fixed-by-platform'
  | 'bad-value'
  | 'not-rolled-out'
  | 'no-such-version';

/** Where an event stands. */
export interface Placed {
  readonly id: string;
  readonly stream: string;
  readonly revision: number;
}

/** The close that an answer tells about. */
export interface ToldClose {
  readonly stream: string;
  readonly revision: number;
  readonly reason: string;
  readonly occurredAtMs: number;
}

/** What a reader sees (D20). */
export interface View {
  readonly state: 'unpinned' | 'open' | 'lapsed' | 'closed';
  readonly rule: Rule | null;
  readonly deadlineAtMs: number | null;
  /** The deadline less now, never below 0; null without a deadline and when closed. */
  readonly remainingMs: number | null;
  readonly waitingSinceMs: number | null;
  /** The recorded close. */
  readonly close: ToldClose | null;
  /** Of a lapsed session: the close that will be written. */
  readonly closeToCome: Proof | null;
  /** Lapsed, but within the grace an event in time may still come. */
  readonly provisional: boolean;
}

export interface Accepted {
  readonly ok: true;
  /** Where the command's events stand, in the command's order; the same for a retry. Empty: nothing was to be written. */
  readonly placed: readonly Placed[];
  /** The close that a `closed` found. */
  readonly close?: ToldClose;
  /** `config`: the version that is in force now. */
  readonly version?: number;
  /** `read`. */
  readonly view?: View;
}

export interface Refused {
  readonly ok: false;
  readonly code: Code;
  /** `append`: the first event of the batch that the code is about. */
  readonly index?: number;
  /** `session-closed`: the close of the addressed session. */
  readonly close?: ToldClose;
  /** `wrong-revision`: the revision the stream is at. */
  readonly revision?: number;
}

export type Answer = Accepted | Refused;
