import type { LapseEvent, MerchantState, SessionState } from '@lapse/domain';
import type { EventStore, Position } from '@lapse/store';

/** What a row may be made of: plain data, so that a rebuilt one can be compared with a live one. */
export type PlainValue = string | number | boolean | null | readonly PlainValue[] | PlainRow;
export interface PlainRow {
  readonly [field: string]: PlainValue | undefined;
}

/** How a session stood before an event: the few things that a count of changes needs. */
export interface SessionBefore {
  readonly status: SessionState['status'];
  readonly isParked: boolean;
  readonly isLatched: boolean;
  readonly rule: SessionState['rule'];
  readonly timeAtMs: number;
  readonly waitingSinceMs: number | undefined;
  readonly firstReplyAtMs: number | undefined;
  readonly buyerMessages: number;
  readonly agentMessages: number;
  readonly automatedMessages: number;
}

/**
 * One event of a session's or a merchant's stream, as projectors see it. One object for all events: read it, do not keep it.
 */
export interface ProjectedEvent {
  readonly from: 'session' | 'merchant';
  /** The session's or the merchant's id. */
  readonly id: string;
  readonly stream: string;
  readonly revision: number;
  readonly position: Position;
  /**
   * `KIND_…` of the domain. `KIND_DECISION`: an operator's decision on this parked stream, which has been folded again:
   * `revision` is how far, `position` and `storedAtMs` are the decision's, `event` is undefined.
   */
  readonly kind: number;
  /** The type as it is written in the log; reads the payload. */
  readonly type: string;
  readonly atMs: number;
  readonly storedAtMs: number;
  /** As they are written in the log, as text; reads the payload. */
  readonly metadata: string;
  /** Parsed when it is asked for; undefined where Lapse does not know the type or cannot read it. */
  readonly event: LapseEvent | undefined;
  /** Why an event of a known type cannot be read; undefined for all others. */
  readonly unreadableWhy: string | undefined;
  /** Of a session's event: the session with this event folded in, and how it stood before. */
  readonly session: SessionState | undefined;
  readonly before: SessionBefore | undefined;
  /** Of a decision on a merchant's stream: the merchant as it stands now. */
  readonly merchant: MerchantState | undefined;
}

/**
 * Folds events into rows. Pure: what it gives depends on the events alone, and it is handed nothing that it could send
 * with, so that folding the same log again has no effect but the rows. Only projectors can be rebuilt.
 */
export interface Projector<Row extends PlainRow = PlainRow> {
  /** In kebab case; names the table. */
  readonly name: string;
  /** Raised when the same events give other rows: the rows are then built again. */
  readonly version: number;
  /** Which streams it looks at. */
  readonly reads: readonly ProjectedEvent['from'][];
  /** Kinds it looks at (`KIND_…`); left out: all of them. The fewer, the faster a rebuild. */
  readonly kinds?: readonly number[];
  /** The rows that an event may change. */
  keysOf(event: ProjectedEvent): readonly string[];
  /** A row that no event has touched. */
  start(key: string): Row;
  /** The row after the event: the same object, changed, or a new one. */
  apply(row: Row, event: ProjectedEvent, key: string): Row;
}

/** What a reactor may act with. */
export interface ReactorPorts {
  readonly store: EventStore;
}

/** Acts on events as they happen. It has ports, so it can never be rebuilt: {@link Projector} does not accept it. */
export interface Reactor<Ports = ReactorPorts> {
  readonly name: string;
  react(event: ProjectedEvent, ports: Ports): Promise<void>;
}
