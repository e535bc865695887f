import type { EventStore, Position } from '@lapse/store';
import type { GatewayLimits } from './limits.js';

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

export type Action = 'read' | 'write' | 'delete' | 'metadata';

export interface AccessQuestion {
  /** Absent where the client sent none. Clients send them over TLS only, but whatever comes is looked at. */
  readonly credentials?: Credentials;
  readonly action: Action;
  /** `$all` for the whole log. For a metadata stream `$$x` the question names `x`. */
  readonly stream: string;
}

export type AccessAnswer = 'ok' | 'denied' | 'unauthenticated';
export type Authorize = (question: AccessQuestion) => AccessAnswer | Promise<AccessAnswer>;

export interface GatewayTls {
  /** PEM, the server's own certificate first. */
  readonly certificate: Buffer;
  readonly privateKey: Buffer;
  /** PEM. Given: clients must show a certificate that it signed. */
  readonly clientCertificateAuthority?: Buffer;
}

export interface GatewayLogLine {
  readonly level: 'info' | 'warn' | 'error';
  readonly message: string;
  readonly error?: unknown;
}

export interface GatewayOptions {
  /** It must take appends of `limits.appendBytesMax` (a store's own default is smaller and counts differently). */
  readonly store: EventStore;
  /** Positions on the wire are numbers: whole, above 0, growing with the order of events, best without gaps. */
  readonly positionToNumber: (position: Position) => number;
  readonly positionFromNumber: (number: number) => Position;
  readonly authorize: Authorize;
  /** Streams that no client may delete, tombstone or give metadata: their readers always see all of them. */
  readonly isProtected: (stream: string) => boolean;
  /** The time now, epoch milliseconds: for `$maxAge` and for deadlines. */
  readonly nowMs: () => number;
  /** From 0 up to 1: ids of metadata events and subscriptions, jitter. */
  readonly random: () => number;
  /** Resolves after `ms`, or as soon as the signal aborts (rejecting is fine then). */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Never gets credentials or payloads. */
  readonly log?: (line: GatewayLogLine) => void;
  readonly limits?: Partial<GatewayLimits>;
  readonly tls?: GatewayTls;
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  /** What gossip tells clients to connect to. Left out: the address by which each of them has reached it. */
  readonly advertised?: { readonly host: string; readonly port: number };
}

export interface GatewayStats {
  /** Read calls that have an end, and subscriptions. */
  readonly readsOpen: number;
  readonly batchCallsOpen: number;
  readonly appendsInFlight: number;
  readonly waitingBytes: number;
}

export interface Gateway {
  readonly address: { readonly host: string; readonly port: number };
  stats(): GatewayStats;
  /** Refuses what comes, ends all reads, waits for appends under way, frees the port. May be called twice. Does not close the store. */
  close(): Promise<void>;
}
