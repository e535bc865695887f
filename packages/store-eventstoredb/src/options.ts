import type { FactsExtractor } from '@lapse/store';
import { APPEND_BYTES_MAX_DEFAULT } from '@lapse/store';
import type { Ambient } from './time.js';

/** How long things may take, in milliseconds. */
export interface Deadlines {
  /** One try of an append. Short, so that the next one meets the new leader. */
  readonly appendTryMs: number;
  /** An append with all its tries: after this it is settled one way or the other. */
  readonly appendTotalMs: number;
  /** A read that brings nothing for so long is broken off and continued on another connection. */
  readonly readIdleMs: number;
  /** A read that makes no progress, with all its tries. */
  readonly readTotalMs: number;
  /** In a log shared with others: how long the server may look for one of our events before other ways are gone. */
  readonly quietMs: number;
  /** From asking for a subscription to its confirmation. */
  readonly subscribeMs: number;
  /** A subscription that says nothing for so long is compared with the head of the log. */
  readonly silenceMs: number;
  readonly backoffFirstMs: number;
  readonly backoffMaxMs: number;
  /** A node that failed is not chosen again for so long, if there is another. */
  readonly avoidNodeMs: number;
}

export const DEADLINES: Deadlines = {
  appendTryMs: 1000,
  appendTotalMs: 30_000,
  readIdleMs: 10_000,
  readTotalMs: 30_000,
  quietMs: 1000,
  subscribeMs: 5000,
  silenceMs: 10_000,
  backoffFirstMs: 50,
  backoffMaxMs: 500,
  avoidNodeMs: 5000,
};

/** Upper bounds of everything that could grow. */
export interface Limits {
  readonly appendsInFlight: number;
  /** Appends that wait for their turn; more are refused with `store-busy`. */
  readonly appendsWaiting: number;
  readonly appendBytesMax: number;
  readonly readsInFlight: number;
  readonly readsWaiting: number;
  /** A node takes 100 calls a connection, and lets the next one wait in silence. */
  readonly subscriptionsPerConnection: number;
  readonly subscriptionConnections: number;
}

export const LIMITS: Limits = {
  appendsInFlight: 64,
  appendsWaiting: 100_000,
  appendBytesMax: APPEND_BYTES_MAX_DEFAULT,
  readsInFlight: 64,
  readsWaiting: 100_000,
  subscriptionsPerConnection: 80,
  subscriptionConnections: 32,
};

export interface Trouble {
  readonly kind:
    | 'append-retried'
    | 'read-retried'
    | 'connection-replaced'
    | 'no-node-found'
    | 'subscription-silent'
    | 'subscription-resumed'
    | 'checkpoint-event-gone';
  /** For an operator; never holds a password. */
  readonly message: string;
}

export interface EventStoreDbOptions extends Ambient {
  /** `esdb://[user:password@]host[:port][,host…][?options]`. */
  readonly connectionString: string;
  readonly extractFacts: FactsExtractor;
  /** Put before every stream name on the server and taken off again: a cluster may be shared with other systems. */
  readonly streamPrefix?: string;
  readonly deadlines?: Partial<Deadlines>;
  readonly limits?: Partial<Limits>;
  /** `auto`: batch appends where the server has them. `classic`: one call for each append. */
  readonly appendPath?: 'auto' | 'classic';
  /** Told what was mended without anybody noticing. Must not throw. */
  readonly onTrouble: (trouble: Trouble) => void;
}
