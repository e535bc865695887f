import type { ViewsErrorCode } from '../errors.js';
import type { Rows } from '../views/row-writes.js';

/** What the thread opens. */
export interface ThreadData {
  readonly file: string;
  /** See `Busy`. */
  readonly busy: Int32Array;
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
