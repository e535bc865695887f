import type { Columns } from '../columns.js';

/** What the thread opens. */
export interface AheadFile {
  readonly file: string;
  /** Nobody writes it. */
  readonly immutable: boolean;
  readonly busyTimeoutMs: number;
}

export interface ThreadData extends AheadFile {
  /** See {@link Busy}. */
  readonly busy: Int32Array;
}

export interface Stretch {
  /** Exclusive; 0 is the start. */
  readonly after: number;
  readonly maxCount: number;
  readonly textOfKinds: readonly number[] | undefined;
}

export type ToThread =
  /** Read page by page from there on. What was begun before is over. */
  | { readonly kind: 'read-on'; readonly run: number; readonly stretch: Stretch }
  /** Pages have been taken: there is room for as many more. */
  | { readonly kind: 'taken'; readonly pages: number }
  | { readonly kind: 'close' };

export interface FromThread {
  readonly run: number;
  /** Undefined: it could not be read. Whoever reads it again is told why. */
  readonly columns: Columns | undefined;
}

/** How many pages wait to be taken. */
export const PAGES_AHEAD_MAX = 6;
/** So many are asked for at a time: to wake a thread that may take this one's place on its core costs more than a message. */
export const PAGES_ASKED_FOR = 3;
