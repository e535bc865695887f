import { status, type ServiceError } from '@grpc/grpc-js';
import { withAdvice } from '../connection/advice.js';

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** What a failed call means to whoever made it. `message` never holds a secret: it is the server's text or ours. */
export type Failure =
  | { readonly kind: 'not-found'; readonly message: string }
  | { readonly kind: 'deleted'; readonly message: string }
  | { readonly kind: 'too-large'; readonly message: string; readonly bytesMax: number | undefined }
  | { readonly kind: 'denied'; readonly message: string }
  /** Nothing was done; another node leads. */
  | { readonly kind: 'not-leader'; readonly message: string; readonly leader: Address | undefined }
  /** The call never left: nothing was done. Worth another try, on a new connection. */
  | { readonly kind: 'not-sent'; readonly message: string }
  /** It may have been done or not. A read is simply tried again, an append with the same ids at the same revision. */
  | { readonly kind: 'ambiguous'; readonly message: string; readonly reconnect: boolean; readonly deadline?: true }
  /** The server does not know this call. */
  | { readonly kind: 'unsupported'; readonly message: string }
  /** The server refuses this request for what it is; trying again cannot help. */
  | { readonly kind: 'fatal'; readonly message: string };

const NOT_SENT = /^(No connection established|Name resolution failed|Failed to connect before the deadline|Channel)/;

/**
 * Judges what a gRPC call failed with, by its status code and the server's trailers, never by class. The text matters in
 * two places only: whether a connection ever existed, and a server that could not read what it was sent.
 */
export const failureOf = (error: unknown): Failure => {
  if (!isServiceError(error)) return { kind: 'ambiguous', reconnect: true, message: messageOf(error) };
  const message = error.details === '' ? `gRPC status ${error.code}` : error.details;
  return byTrailer(error, message) ?? byStatus(error.code, message);
};

const isServiceError = (error: unknown): error is ServiceError =>
  error instanceof Error && typeof (error as ServiceError).code === 'number' && 'details' in error;

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const trailer = (error: ServiceError, key: string): string | undefined => {
  const value = error.metadata?.get(key)[0];
  return value === undefined ? undefined : value.toString();
};

const byTrailer = (error: ServiceError, message: string): Failure | undefined => {
  switch (trailer(error, 'exception')) {
    case 'not-leader':
      return { kind: 'not-leader', message, leader: leaderOf(error) };
    case 'stream-not-found':
      return { kind: 'not-found', message };
    case 'stream-deleted':
      return { kind: 'deleted', message };
    case 'access-denied':
      return { kind: 'denied', message };
    case 'maximum-append-size-exceeded': {
      const bytesMax = Number(trailer(error, 'maximum-append-size'));
      return { kind: 'too-large', message, bytesMax: Number.isSafeInteger(bytesMax) ? bytesMax : undefined };
    }
    case 'missing-required-metadata-property':
    case 'invalid-transaction':
      return { kind: 'fatal', message };
    default:
      return undefined;
  }
};

const leaderOf = (error: ServiceError): Address | undefined => {
  const host = trailer(error, 'leader-endpoint-host');
  const port = Number(trailer(error, 'leader-endpoint-port'));
  return host === undefined || !Number.isInteger(port) || port < 1 || port > 65_535 ? undefined : { host, port };
};

const byStatus = (code: number, message: string): Failure => {
  switch (code) {
    case status.UNAVAILABLE:
      return NOT_SENT.test(message)
        ? { kind: 'not-sent', message: withAdvice(message) }
        : { kind: 'ambiguous', reconnect: true, message };
    case status.DEADLINE_EXCEEDED:
      return { kind: 'ambiguous', reconnect: false, deadline: true, message };
    case status.ABORTED:
      return { kind: 'ambiguous', reconnect: false, message };
    case status.CANCELLED:
    case status.UNKNOWN:
    case status.INTERNAL:
    case status.DATA_LOSS:
      return { kind: 'ambiguous', reconnect: true, message };
    case status.PERMISSION_DENIED:
    case status.UNAUTHENTICATED:
      return { kind: 'denied', message };
    case status.NOT_FOUND:
      return { kind: 'not-found', message };
    case status.RESOURCE_EXHAUSTED:
      return { kind: 'too-large', message, bytesMax: undefined };
    case status.UNIMPLEMENTED:
      return { kind: 'unsupported', message };
    default:
      return { kind: 'fatal', message };
  }
};
