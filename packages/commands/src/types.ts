import type {
  Actor,
  CloseReason,
  ConfigVersion,
  EventMetadata,
  LapseEvent,
  MerchantCommand,
  MerchantState,
  NewMerchants,
  OpenedData,
  Parked,
  Pin,
  Refusal,
  SessionClose,
  SessionState,
  StreamName,
  StreamNames,
} from '@lapse/domain';
import type { EventStore, Position, RecordedEvent } from '@lapse/store';
import type { PlacedDecision } from './decisions.js';

export interface CommandSettings {
  /** D7, milliseconds. */
  readonly closeGraceMs: number;
  /** D8, milliseconds. */
  readonly clockSkewMs: number;
  /** D16 */
  readonly newMerchants: NewMerchants;
}

export interface CommandLimits {
  /** Folded sessions kept between commands; the append at the expected revision proves each current. */
  readonly cachedSessionsMax: number;
  /** How often a command whose append lost a race is decided afresh. */
  readonly attemptsMax: number;
  /** How many successors a chain may have before a command on its first session gives up. */
  readonly chainLengthMax: number;
}

export interface CommandsOptions {
  readonly store: EventStore;
  readonly names: StreamNames;
  readonly settings: CommandSettings;
  readonly nowMs: () => number;
  /** Uniform in [0, 1): for new ids and for the jitter between attempts. */
  readonly random: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  readonly limits?: Partial<CommandLimits>;
}

/** Who asked and why, for the metadata of what is written. */
export type Trace = Pick<EventMetadata, 'correlationId' | 'causationId'>;

export interface OpenSession {
  /** When it was received, for histories played on a virtual clock. Left out, as every live sender's is: now. */
  readonly receivedAtMs?: number | undefined;
  /** A ULID; left out: a new one. */
  readonly sessionId?: string | undefined;
  /** A UUID as `normaliseEventId` gives it; left out: derived from the session's id, so that a retry is the same open. */
  readonly eventId?: string | undefined;
  /** D17: left out, the time of receipt. */
  readonly occurredAtMs?: number | undefined;
  readonly data: Omit<OpenedData, 'previousSessionId'>;
  readonly trace?: Trace;
}

export interface Opened {
  readonly kind: 'opened';
  readonly sessionId: string;
  readonly eventId: string;
  readonly openedAtMs: number;
  /** The revision of the pin, the session's last one after its opening. */
  readonly revision: number;
  readonly position: Position | undefined;
  readonly pin: Pin;
  /** D18: the session stood there already, opened with the same words. */
  readonly repeated: boolean;
}

type SendableType = 'message-from-buyer' | 'message-from-agent' | 'queued' | 'closed';
/** An event as a sender words it. A sender's close names a reason `by-…`; timeouts are Lapse's own. */
export type EventToSend = {
  [T in SendableType]: {
    readonly type: T;
    readonly id?: string | undefined;
    readonly occurredAtMs?: number | undefined;
    readonly data: Extract<LapseEvent, { type: T }>['data'];
  };
}[SendableType];

export interface AppendEvents {
  /** When it was received, for histories played on a virtual clock. Left out, as every live sender's is: now. */
  readonly receivedAtMs?: number | undefined;
  readonly sessionId: string;
  /** One or more; all or nothing. */
  readonly events: readonly EventToSend[];
  readonly expectedRevision?: number | undefined;
  /** D10. Default `refuse`. */
  readonly onClosed?: 'refuse' | 'open-new' | undefined;
  readonly trace?: Trace;
}

export interface AppendedEvent {
  readonly id: string;
  readonly type: string;
  readonly revision: number;
  /** As written (D8, D17). */
  readonly occurredAtMs: number;
}

export interface Appended {
  readonly kind: 'appended';
  /** Where the events are: the addressed session, or a successor of it. */
  readonly sessionId: string;
  readonly previousSessionId: string | undefined;
  /** This command opened that successor. */
  readonly openedSuccessor: boolean;
  readonly events: readonly AppendedEvent[];
  /** The session's last revision after this append (for a repeated one: after the first time). */
  readonly revision: number;
  readonly position: Position | undefined;
  /** D18: known ids; nothing was written now. */
  readonly repeated: boolean;
}

/** D19: closing a closed session succeeds without an event. */
export interface AlreadyClosed {
  readonly kind: 'already-closed';
  readonly sessionId: string;
  readonly revision: number;
  readonly close: SessionClose;
}

export interface ConfigureMerchant {
  readonly merchantId: string;
  readonly command: MerchantCommand;
  readonly by: Actor;
  readonly trace?: Trace;
}

export interface Configured {
  readonly kind: 'configured';
  readonly current: ConfigVersion;
  /** False where the value was in force already (D12). */
  readonly changed: boolean;
  readonly revision: number;
  readonly position: Position | undefined;
}

/** A session with its stream, read for somebody who asks; not from a cache. */
export interface SessionReading {
  readonly kind: 'session';
  readonly sessionId: string;
  readonly state: SessionState;
  readonly events: readonly ReadingEvent[];
}

export interface ReadingEvent {
  readonly id: string;
  readonly revision: number;
  readonly type: string;
  readonly position: Position;
  readonly storedAtMs: number;
  /** Undefined where the event is unknown or cannot be read. */
  readonly event: LapseEvent | undefined;
  readonly metadata: Uint8Array;
}

export interface MerchantReading {
  readonly merchantId: string;
  readonly state: MerchantState;
  /** What a session that opened now would get; for a merchant nobody configured, by `newMerchants`. Nothing is written. */
  readonly current: ConfigVersion;
}

/** What came of pinning: `nothing-to-pin` for a session that is pinned, closed, parked or missing. */
export type PinAnswer = { readonly kind: 'pinned' } | { readonly kind: 'nothing-to-pin' } | Refusal;

/** What the sweep made of one session that seemed due. */
export type SweepAnswer =
  | { readonly kind: 'closed'; readonly reason: CloseReason; readonly deadlineAtMs: number; readonly revision: number }
  /** Somebody else closed it, or an event came in between: what the stream says now decides. */
  | { readonly kind: 'not-due' };

/** An operator's word on a parked stream, named whole or, for a session, by its id. */
export interface RetryParked {
  readonly stream: string;
  readonly why?: string | undefined;
  readonly by: Actor;
  readonly trace?: Trace;
}

export interface SkipParked extends RetryParked {
  /** The event to leave out: the one at which the stream is parked. */
  readonly revision: number;
  /** 1 to 500 characters. */
  readonly why: string;
}

export interface Retried {
  readonly kind: 'retried';
  readonly stream: string;
  /** Where it is parked all the same; undefined: it can be read to its end, and the read models will show it so. */
  readonly parked: Parked | undefined;
  readonly position: Position | undefined;
}

export interface Skipped {
  readonly kind: 'skipped';
  readonly stream: string;
  readonly revision: number;
  /** Where it is parked next; undefined: it can be read to its end now. */
  readonly parked: Parked | undefined;
  readonly position: Position | undefined;
  /** It was skipped before; nothing was written now. */
  readonly repeated: boolean;
}

/** A stream that is parked or was, read for somebody who asks. */
export interface ParkedReading {
  readonly kind: 'stream';
  readonly stream: string;
  readonly name: Extract<StreamName, { kind: 'session' | 'merchant' | 'bad' }>;
  /** Undefined where it can be read to its end. */
  readonly parked: Parked | undefined;
  /** The event at which it is parked. */
  readonly event: RecordedEvent | undefined;
  /** Oldest first. */
  readonly decisions: readonly PlacedDecision[];
}

/** What anyone may ask of a session or a merchant. Refusals are values; a {@link StoreError} is thrown. */
export interface Commands {
  /** How the streams are named that all this is about. */
  readonly names: StreamNames;
  openSession(command: OpenSession): Promise<Opened | Refusal>;
  append(command: AppendEvents): Promise<Appended | AlreadyClosed | Refusal>;
  /** Every event of one session (bounded by the store's pages, read whole). `no-such-session` for none. */
  readSession(sessionId: string): Promise<SessionReading | Refusal>;
  configure(command: ConfigureMerchant): Promise<Configured | Refusal>;
  readMerchant(merchantId: string): Promise<MerchantReading | Refusal>;
  /** A session's or merchant's stream as far as parking goes; `no-such-stream` for none. */
  readParked(stream: string): Promise<ParkedReading | Refusal>;
  /** Has the read models fold a parked stream again. */
  retryParked(command: RetryParked): Promise<Retried | Refusal>;
  /** Leaves the event out that parks a stream, for good. */
  skipParked(command: SkipParked): Promise<Skipped | Refusal>;
  /** Appends the timeout close that follows from `state` if it is due at `nowMs`; a lost race is settled from the stream. */
  closeIfDue(state: SessionState, nowMs: number): Promise<SweepAnswer>;
  /** Gives a bare `opened` the config that was in force at its place in the log. */
  pinBareSession(sessionId: string): Promise<PinAnswer>;
}
