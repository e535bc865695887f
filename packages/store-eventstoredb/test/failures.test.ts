import { Metadata, status } from '@grpc/grpc-js';
import sharedMessages from '@eventstore/db-client/generated/shared_pb.js';
import streamMessages from '@eventstore/db-client/generated/streams_pb.js';
import { describe, expect, it } from '@jest/globals';
import { storeErrorOf } from '../src/errors.js';
import { readAppendAnswer, readBatchAnswer } from '../src/wire/append-answers.js';
import { failureOf } from '../src/wire/failure.js';
import { appendAnswer, batchAnswer, batchError } from './support/messages.js';

/** Errors as they were seen on the wire: status, text, trailers; and what each of them means. */
const RECORDED: readonly (readonly [string, number, string, Record<string, string>, object])[] = [
  [
    'not the leader, with its address',
    5,
    'Leader info available',
    { exception: 'not-leader', 'leader-endpoint-host': 'h', 'leader-endpoint-port': '2113' },
    { kind: 'not-leader', leader: { host: 'h', port: 2113 } },
  ],
  [
    'not the leader, with an address that is none',
    5,
    'Leader info available',
    { exception: 'not-leader', 'leader-endpoint-host': 'h', 'leader-endpoint-port': 'x' },
    { kind: 'not-leader', leader: undefined },
  ],
  [
    'a missing stream',
    5,
    "Event stream 's' is not found.",
    { exception: 'stream-not-found', 'stream-name': 's' },
    { kind: 'not-found' },
  ],
  ['a stream that was not created', 5, "Event stream 's' was not created.", {}, { kind: 'not-found' }],
  [
    'a tombstoned stream',
    9,
    "Event stream 's' is deleted.",
    { exception: 'stream-deleted', 'stream-name': 's' },
    { kind: 'deleted' },
  ],
  ['access denied', 7, 'Access Denied', { exception: 'access-denied' }, { kind: 'denied' }],
  ['access denied without trailers', 7, 'Access Denied', {}, { kind: 'denied' }],
  ['bad credentials', 16, 'Unauthenticated', {}, { kind: 'denied' }],
  [
    'an append too large',
    3,
    'Maximum Append Size of 1048576 Exceeded.',
    { exception: 'maximum-append-size-exceeded', 'maximum-append-size': '1048576' },
    { kind: 'too-large', bytesMax: 1_048_576 },
  ],
  [
    'a message too large',
    8,
    'Received message exceeds the maximum configured message size.',
    {},
    { kind: 'too-large', bytesMax: undefined },
  ],
  [
    'a missing property',
    3,
    "Required Metadata Property 'type' is missing",
    { exception: 'missing-required-metadata-property' },
    { kind: 'fatal' },
  ],
  ['a combination that is none', 3, 'The combination of (…) is invalid.', {}, { kind: 'fatal' }],
  [
    'a write timeout of the server',
    10,
    'Operation timed out: Commit phase timeout.',
    {},
    { kind: 'ambiguous', reconnect: false },
  ],
  ['a forward timeout', 10, 'Operation timed out: Forwarding timeout', {}, { kind: 'ambiguous', reconnect: false }],
  ['a deadline', 4, 'Deadline exceeded', {}, { kind: 'ambiguous', reconnect: false, deadline: true }],
  ['a reset connection', 14, 'read ECONNRESET', {}, { kind: 'ambiguous', reconnect: true }],
  ['a dropped connection', 14, 'Connection dropped', {}, { kind: 'ambiguous', reconnect: true }],
  ['a server that starts', 14, 'Server Is Not Ready', {}, { kind: 'ambiguous', reconnect: true }],
  ['a server too busy', 14, 'Server Is Too Busy', {}, { kind: 'ambiguous', reconnect: true }],
  [
    'a refused connection',
    14,
    'No connection established. Last error: connect ECONNREFUSED 127.0.0.1:1',
    {},
    { kind: 'not-sent' },
  ],
  ['an unknown host', 14, 'Name resolution failed for target dns:nowhere:2113', {}, { kind: 'not-sent' }],
  ['a call cancelled by the server', 1, 'Call cancelled', {}, { kind: 'ambiguous', reconnect: true }],
  ['the end of a graceful stop', 13, 'Received RST_STREAM with code 0', {}, { kind: 'ambiguous', reconnect: true }],
  ['lost data', 15, 'lost', {}, { kind: 'ambiguous', reconnect: true }],
  ['no leader known', 2, 'No leader info available in response', {}, { kind: 'ambiguous', reconnect: true }],
  ['a handler that threw', 2, 'Exception was thrown by handler.', {}, { kind: 'ambiguous', reconnect: true }],
  ['a call that is not served', 12, 'Service is unimplemented.', {}, { kind: 'unsupported' }],
  ['a transaction that is none', 3, 'Invalid Transaction', { exception: 'invalid-transaction' }, { kind: 'fatal' }],
];

const recorded = (code: number, details: string, trailers: Record<string, string>): Error => {
  const metadata = new Metadata();
  for (const [key, value] of Object.entries(trailers)) metadata.set(key, value);
  return Object.assign(new Error(`${code}: ${details}`), { code, details, metadata });
};

describe('an error from the wire', () => {
  it.each(RECORDED)('is judged by status and trailers: %s', (_name, code, details, trailers, meant) => {
    expect(failureOf(recorded(code, details, trailers))).toMatchObject(meant);
  });

  it('of no kind that gRPC knows is ambiguous: a discovery that failed, a value that is no error', () => {
    expect(failureOf(new Error('Failed to discover after 10 attempts.'))).toMatchObject({ kind: 'ambiguous' });
    expect(failureOf('what')).toMatchObject({ kind: 'ambiguous', message: 'what' });
  });

  it.each([
    ['denied', 'access-denied'],
    ['deleted', 'stream-deleted'],
    ['ambiguous', 'store-unavailable'],
    ['not-sent', 'store-unavailable'],
  ] as const)('that nobody could mend reaches the caller by a code: %s as %s', (kind, code) => {
    const failure = { kind, message: 'why', reconnect: false } as Parameters<typeof storeErrorOf>[0];
    expect(storeErrorOf(failure, 'append')).toMatchObject({ code, message: 'append: why' });
  });

  it('names the size that the server takes', () => {
    const failure = { kind: 'too-large', message: 'too large', bytesMax: 1000 } as const;
    expect(storeErrorOf(failure, 'append')).toMatchObject({ code: 'append-too-large' });
    expect(storeErrorOf(failure, 'append').message).toContain('1000');
  });
});

const requestOf = (correlation: string): InstanceType<typeof streamMessages.BatchAppendReq> => {
  const request = new streamMessages.BatchAppendReq();
  const uuid = new sharedMessages.UUID();
  const structured = new sharedMessages.UUID.Structured();
  structured.setMostSignificantBits('1');
  structured.setLeastSignificantBits(correlation);
  uuid.setStructured(structured);
  request.setCorrelationId(uuid);
  return request;
};

const bytesOf = (message: { serializeBinary(): Uint8Array }): Buffer => Buffer.from(message.serializeBinary());

describe('an answer to a batch append', () => {
  it.each([
    ['Timeout', '', { kind: 'ambiguous', reconnect: false }],
    ['Unknown', '', { kind: 'ambiguous' }],
    ['AccessDenied', '', { kind: 'denied' }],
    ['BadRequest', 'no', { kind: 'fatal' }],
    ['Empty', 'Server Is Not Ready', { kind: 'ambiguous', message: 'Server Is Not Ready' }],
    ['SomethingNew', 'from the future', { kind: 'ambiguous' }],
  ] as const)('with the error %s is judged', (type, message, meant) => {
    expect(readBatchAnswer(bytesOf(batchError(requestOf('7'), type, message)))).toMatchObject({
      correlation: 7,
      answer: meant,
    });
  });

  it.each([-1, 0, 41])('tells a conflict with the current revision %i, by both paths', (current) => {
    const meant = { kind: 'conflict', actualRevision: current };
    expect(readBatchAnswer(bytesOf(batchAnswer(requestOf('9'), { kind: 'conflict', current })))).toEqual({
      correlation: 9,
      answer: meant,
    });
    expect(readAppendAnswer(bytesOf(appendAnswer({ kind: 'conflict', current })))).toEqual(meant);
  });

  it('that says "no stream" as 2^64-1, as a 23.10 node does, is a conflict at -1', () => {
    const conflict = batchAnswer(requestOf('1'), { kind: 'conflict', current: 0 });
    const details = conflict.getError()!.getDetails()!;
    const body = new sharedMessages.WrongExpectedVersion();
    body.setCurrentStreamRevision('18446744073709551615');
    details.setValue(body.serializeBinary());
    expect(readBatchAnswer(bytesOf(conflict))).toMatchObject({ answer: { kind: 'conflict', actualRevision: -1 } });
  });

  it('that says where it was written gives both numbers, by both paths', () => {
    const verdict = { kind: 'written', revision: 3, position: 800 } as const;
    const meant = { kind: 'written', revision: 3, position: '800/800' };
    expect(readBatchAnswer(bytesOf(batchAnswer(requestOf('2'), verdict)))).toEqual({ correlation: 2, answer: meant });
    expect(readAppendAnswer(bytesOf(appendAnswer(verdict)))).toEqual(meant);
    expect(status.OK).toBe(0);
  });
});
