import type { SqliteInput } from '@lapse/sqlite';
import type { ViewsErrorCode } from '../errors.js';
import type { Otherwise } from '../views/row-writes.js';

/** What the thread opens. */
export interface ThreadData {
  readonly file: string;
  /** See `Busy`. */
  readonly busy: Int32Array;
}

/** Rows for one statement, in one list: so they go from thread to thread in half the time. */
export interface Rows {
  readonly sql: string;
  readonly width: number;
  readonly values: readonly SqliteInput[];
  readonly otherwise: Otherwise | undefined;
}

export type ToThread =
  /** The first ones begin a transaction. */
  | { readonly kind: 'rows'; readonly rows: Rows }
  /** Ends it, and is answered. `undo`: as if it had never begun. */
  | { readonly kind: 'end'; readonly undo: boolean }
  | { readonly kind: 'close' };

export type FromThread =
  /** The file is open. */
  { readonly kind: 'ready' } | { readonly kind: 'ended'; readonly refused: Refused | undefined };

/** An error on its way from one thread to another. */
export interface Refused {
  readonly message: string;
  /** Of what SQLite reported. */
  readonly sqliteCode?: string;
  readonly viewsCode?: ViewsErrorCode;
}
