import type { Logger } from 'pino';
import type { CommandSettings, Commands } from '@lapse/commands';
import type { CloseReason, TimeoutRule } from '@lapse/domain';
import type { Position } from '@lapse/store';
import type { ServerLimits } from './limits.js';

/** What the server is handed. It opens nothing itself and reads no environment. */
export interface ServerDependencies {
  readonly commands: Commands;
  /** The read side. Without it lists answer `no-views`; sessions and merchants are read from the store. */
  readonly views?: Views | undefined;
  readonly ready: () => Readiness | Promise<Readiness>;
  readonly settings: Pick<CommandSettings, 'closeGraceMs'>;
  readonly nowMs: () => number;
  readonly logger: Logger;
  readonly limits?: Partial<ServerLimits> | undefined;
}

export interface Readiness {
  readonly ready: boolean;
  readonly checks: readonly { readonly name: string; readonly ready: boolean; readonly detail: string }[];
}

type Answer<T> = T | Promise<T>;

/** The read models as the server asks for them. Rows are as of `seenPosition`; a deadline in them is a hint. */
export interface Views {
  /** Longest waiting first. */
  queue(query: ListQuery<QueueKey>): Answer<ListPage<QueueRow, QueueKey>>;
  /** Newest first. `open` holds every session without a recorded close. */
  sessions(
    query: ListQuery<SessionKey> & { readonly state: 'open' | 'closed' | undefined },
  ): Answer<ListPage<SessionRow, SessionKey>>;
  projections(): Answer<readonly ProjectionStatus[]>;
  /** Resolves true once the read models hold everything up to `position`, false when `signal` aborts before. */
  waitFor(position: Position, signal: AbortSignal): Promise<boolean>;
}

export interface ListQuery<Key> {
  readonly merchantId: string | undefined;
  /** Exclusive: the page starts behind this row. */
  readonly after: Key | undefined;
  readonly limit: number;
}

export interface ListPage<Row, Key> {
  readonly rows: readonly Row[];
  /** The key of the last row, where more may follow. */
  readonly next: Key | undefined;
}

export interface QueueKey {
  readonly sinceMs: number;
  readonly sessionId: string;
}

export interface QueueRow extends QueueKey {
  readonly merchantId: string;
  readonly queueId: string | undefined;
  readonly rule: TimeoutRule | undefined;
  readonly deadlineAtMs: number | undefined;
}

export interface SessionKey {
  readonly sessionId: string;
}

export interface SessionRow extends SessionKey {
  readonly merchantId: string;
  readonly openedAtMs: number;
  readonly rule: TimeoutRule | undefined;
  readonly deadlineAtMs: number | undefined;
  readonly closedAtMs: number | undefined;
  readonly closeReason: CloseReason | undefined;
}

export interface ProjectionStatus {
  readonly name: string;
  readonly version: number;
  readonly state: 'catching-up' | 'live' | 'stalled' | 'parked' | 'stopped';
  readonly position: Position | undefined;
  readonly lagEvents: number | undefined;
  readonly lagSeconds: number | undefined;
  readonly detail: string | undefined;
}
