import type { BatchAppendResp, ReadResp } from './wire/messages.js';

/** What happens to one answer: it goes out, it never does, it goes out twice. */
export type Fate = 'send' | 'drop' | 'twice';

/**
 * Places at which a test decides what happens. Awaiting one delays the answer behind it; throwing one fails the call. A
 * gateway outside of tests has none of them, and asks none.
 */
export interface Faults {
  /** An append has arrived whole; nothing has been looked at or written. */
  readonly beforeAppend?: (stream: string) => void | Promise<void>;
  /** The store has answered; the client has not heard of it. */
  readonly afterAppend?: (stream: string) => Fate | Promise<Fate>;
  readonly batchAnswer?: (answer: BatchAppendResp) => Fate | Promise<Fate>;
  readonly readAnswer?: (answer: ReadResp) => Fate | Promise<Fate>;
  readonly beforeFeatures?: () => void | Promise<void>;
  readonly beforeGossip?: () => void | Promise<void>;
}

export const NO_FAULTS: Faults = {};
