import { Metadata, status } from '@grpc/grpc-js';
import { isStoreError, type StoreErrorCode } from '@lapse/store';

export type FailureKind =
  | 'access-denied'
  | 'unauthenticated'
  | 'stream-deleted'
  | 'too-large'
  | 'bad-request'
  | 'timeout'
  | 'unavailable'
  | 'internal';

/** What a call ends with when it does not end well: code, text and trailers as a node sends them. */
export class Failure extends Error {
  override readonly name = 'Failure';
  readonly details: string;
  readonly metadata = new Metadata();

  constructor(
    readonly kind: FailureKind,
    readonly code: status,
    message: string,
    trailers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.details = message;
    for (const [key, value] of Object.entries(trailers)) this.metadata.set(key, headerText(value));
  }
}

/** Headers are printable ASCII; anything else in a stream name goes percent-encoded. */
const headerText = (text: string): string => text.replace(/[^ -~]/gu, (letter) => encodeURIComponent(letter));

/** Said of whatever a node's handler would throw at; the reason behind it is ours, a node keeps it in its log. */
export const handlerThrew = (reason: string): Failure =>
  new Failure('bad-request', status.UNKNOWN, `Exception was thrown by handler. ${reason}`);

export const invalidArgument = (message: string): Failure =>
  new Failure('bad-request', status.INVALID_ARGUMENT, message);

/** The bytes of the call have ended in the middle of a message. */
export const cutOff = (): Failure => new Failure('bad-request', status.INTERNAL, 'Incomplete message.');

export const accessDenied = (): Failure =>
  new Failure('access-denied', status.PERMISSION_DENIED, 'Access Denied', { exception: 'access-denied' });

export const unauthenticated = (): Failure => new Failure('unauthenticated', status.UNAUTHENTICATED, 'Unauthenticated');

export const streamDeleted = (stream: string): Failure =>
  new Failure('stream-deleted', status.FAILED_PRECONDITION, `Event stream '${shorten(stream)}' is deleted.`, {
    exception: 'stream-deleted',
    'stream-name': stream,
  });

export const deleteConflict = (stream: string, expected: string, actual: number): Failure =>
  new Failure(
    'bad-request',
    status.FAILED_PRECONDITION,
    `Delete failed due to WrongExpectedVersion. Stream: ${shorten(stream)}, Expected version: ${expected}, Actual version: ${actual}`,
    {
      exception: 'wrong-expected-version',
      'stream-name': stream,
      'expected-version': expected,
      'actual-version': String(actual),
    },
  );

export const tooLarge = (bytesMax: number): Failure =>
  new Failure('too-large', status.INVALID_ARGUMENT, `Maximum Append Size of ${bytesMax} Exceeded.`, {
    exception: 'maximum-append-size-exceeded',
    'maximum-append-size': String(bytesMax),
  });

export const metadataMissing = (property: string): Failure =>
  new Failure('bad-request', status.INVALID_ARGUMENT, `Required Metadata Property '${property}' is missing`, {
    exception: 'missing-required-metadata-property',
    'required-metadata-properties': 'type,content-type',
  });

/** It is not known whether the append was written; the same ids at the same revision may be sent again. */
export const timedOut = (): Failure =>
  new Failure('timeout', status.ABORTED, 'Operation timed out: Commit phase timeout.');

export const serverBusy = (): Failure => new Failure('unavailable', status.UNAVAILABLE, 'Server Is Too Busy');
export const notReady = (): Failure => new Failure('unavailable', status.UNAVAILABLE, 'Server Is Not Ready');

const SHOWN_CHARS_MAX = 200;
const shorten = (text: string): string =>
  text.length <= SHOWN_CHARS_MAX ? text : `${text.slice(0, SHOWN_CHARS_MAX)}…`;

const BAD_REQUESTS: ReadonlySet<StoreErrorCode> = new Set<StoreErrorCode>([
  'bad-stream-name',
  'bad-event-id',
  'bad-event-type',
  'bad-content',
  'bad-revision',
  'bad-position',
  'bad-page-size',
]);

const INTERNAL: ReadonlyMap<StoreErrorCode, status> = new Map<StoreErrorCode, status>([
  ['disk-full', status.RESOURCE_EXHAUSTED],
  ['store-read-only', status.FAILED_PRECONDITION],
  ['store-corrupt', status.DATA_LOSS],
]);

/** Everything that a store or this gateway can throw, as the end of a call. */
export const failureOf = (error: unknown, stream: string, appendBytesMax: number): Failure => {
  if (error instanceof Failure) return error;
  if (!isStoreError(error)) return new Failure('internal', status.INTERNAL, 'Unexpected error');
  if (BAD_REQUESTS.has(error.code)) return invalidArgument(error.message);
  switch (error.code) {
    case 'append-too-large':
      return tooLarge(appendBytesMax);
    case 'stream-deleted':
      return streamDeleted(stream);
    case 'access-denied':
      return accessDenied();
    case 'append-ambiguous':
      return timedOut();
    default: {
      const code = INTERNAL.get(error.code);
      return code === undefined ? notReady() : new Failure('internal', code, error.message);
    }
  }
};
