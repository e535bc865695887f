import type { RefusalCode } from '@lapse/domain';

/**
 * What a client may do with the very same request: `no`: it will be refused again; `later`: nothing was written, send it
 * again after `Retry-After`; `as-is`: it may have been written, sending it again is safe when its ids are the same (D18);
 * `look-first`: what it rests on has changed, read before deciding anew.
 */
export type Retry = 'no' | 'later' | 'as-is' | 'look-first';

interface Kind {
  readonly status: number;
  readonly title: string;
  readonly retry: Retry;
}

/** Codes of this side of the store; the rest of {@link problemCodes} are refusals of the rules. */
type HttpCode =
  | 'bad-request'
  | 'bad-url'
  | 'bad-encoding'
  | 'bad-json'
  | 'unknown-field'
  | 'bad-position'
  | 'no-such-route'
  | 'method-not-allowed'
  | 'request-timeout'
  | 'body-too-large'
  | 'append-too-large'
  | 'url-too-long'
  | 'unsupported-content-type'
  | 'headers-too-large'
  | 'stream-deleted'
  | 'internal-error'
  | 'store-broken'
  | 'views-broken'
  | 'not-ready'
  | 'no-views'
  | 'overloaded'
  | 'shutting-down'
  | 'store-busy'
  | 'store-unavailable'
  | 'append-ambiguous'
  | 'position-not-reached'
  | 'disk-full';

export type ProblemCode = RefusalCode | HttpCode;

const kind = (status: number, retry: Retry, title: string): Kind => ({ status, retry, title });

/** Every stable code, its HTTP status, and what to do. A code never changes its meaning; new ones may come. */
export const problemCodes: Readonly<Record<ProblemCode, Kind>> = {
  'bad-request': kind(400, 'no', 'The request is not well-formed HTTP.'),
  'bad-url': kind(400, 'no', 'The address cannot be decoded.'),
  'bad-encoding': kind(400, 'no', 'The body is not well-formed UTF-8.'),
  'bad-json': kind(400, 'no', 'The body is not JSON that says one thing.'),
  'no-such-route': kind(404, 'no', 'Nothing is at this address.'),
  'no-such-session': kind(404, 'no', 'There is no such session.'),
  'no-such-stream': kind(404, 'no', 'There is no such stream.'),
  'method-not-allowed': kind(405, 'no', 'This address does not take this method.'),
  'request-timeout': kind(408, 'later', 'The request did not arrive in time.'),
  'session-exists': kind(409, 'no', 'The session exists already, opened with other words.'),
  'session-closed': kind(409, 'no', 'The session is closed.'),
  'stream-parked': kind(409, 'no', 'The stream holds an event that cannot be read; an operator must look at it.'),
  'not-parked': kind(409, 'no', 'The stream is not parked.'),
  'wrong-revision': kind(409, 'look-first', 'The stream is not at the expected revision.'),
  'event-id-reused': kind(409, 'no', 'This event id was used for something else.'),
  'batch-half-known': kind(409, 'no', 'The batch mixes events that are known and new ones.'),
  'batch-crosses-close': kind(409, 'look-first', 'The session closes inside the batch.'),
  'not-rolled-out': kind(409, 'no', 'The merchant is not on these rules yet.'),
  'chain-too-long': kind(409, 'no', 'The session has too many successors; address a later one.'),
  'stream-deleted': kind(410, 'no', 'The stream was deleted from the store.'),
  'body-too-large': kind(413, 'no', 'The body is too large.'),
  'append-too-large': kind(413, 'no', 'The events are too large for one append.'),
  'url-too-long': kind(414, 'no', 'A part of the address is too long.'),
  'unsupported-content-type': kind(415, 'no', 'The body must be application/json in UTF-8.'),
  'bad-value': kind(422, 'no', 'A value is not allowed.'),
  'unknown-field': kind(422, 'no', 'A field is not known.'),
  'bad-position': kind(422, 'no', 'This is no position of this store.'),
  'in-the-future': kind(422, 'no', 'The time lies ahead of the clock.'),
  'fixed-by-platform': kind(422, 'no', 'This limit is fixed by the platform.'),
  'no-such-version': kind(422, 'no', 'There is no such version to go back to.'),
  'headers-too-large': kind(431, 'no', 'The headers are too large.'),
  'internal-error': kind(500, 'as-is', 'Something broke here.'),
  'store-broken': kind(500, 'no', 'The store cannot be used as it is; an operator must look at it.'),
  'views-broken': kind(500, 'no', 'The read side cannot be used as it is; an operator must look at it.'),
  contention: kind(503, 'later', 'Others wrote to the same stream all the time.'),
  'not-ready': kind(503, 'later', 'Lapse is not ready yet.'),
  'no-views': kind(503, 'no', 'This process keeps no read side.'),
  overloaded: kind(503, 'later', 'Too many requests are under way.'),
  'shutting-down': kind(503, 'later', 'Lapse is being stopped.'),
  'store-busy': kind(503, 'later', 'The store is busy.'),
  'store-unavailable': kind(503, 'as-is', 'The store cannot be reached.'),
  'append-ambiguous': kind(503, 'as-is', 'It is not known whether the events were written.'),
  'position-not-reached': kind(504, 'later', 'The read side has not reached the position in time.'),
  'disk-full': kind(507, 'later', 'The disk is full.'),
};

export const isProblemCode = (text: string): text is ProblemCode => Object.hasOwn(problemCodes, text);
