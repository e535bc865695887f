import type { Position } from '@lapse/store';
import { positionText } from '../position.js';
import type { Failure } from './failure.js';
import { ProtoReader } from './reader.js';

export type AppendAnswer =
  | { readonly kind: 'written'; readonly revision: number | undefined; readonly position: Position | undefined }
  | { readonly kind: 'conflict'; readonly actualRevision: number }
  | Failure;

export interface BatchAnswer {
  readonly correlation: number;
  readonly answer: AppendAnswer;
}

const NO_STREAM = -1;
/** What a 23.10 node sends for "no such stream" in a batch: -1 as a uint64. */
const NO_STREAM_AS_UINT64 = 18446744073709551615n;

const revisionOf = (value: number | bigint): number => (value === NO_STREAM_AS_UINT64 ? NO_STREAM : Number(value));

/** The answer of `Append`: where it was written, or what the stream's revision is. */
export const readAppendAnswer = (bytes: Buffer): AppendAnswer => {
  const response = new ProtoReader(bytes);
  while (response.next()) {
    if (response.field === 1) return success(response.message());
    if (response.field === 2) return { kind: 'conflict', actualRevision: currentRevision(response.message()) };
    response.skip();
  }
  return { kind: 'ambiguous', reconnect: true, message: 'an empty answer to an append' };
};

const success = (message: ProtoReader): AppendAnswer => {
  let revision: number | undefined;
  let position: Position | undefined;
  while (message.next()) {
    if (message.field === 1) revision = revisionOf(message.uint64());
    else if (message.field === 3) position = allPosition(message.message());
    else message.skip();
  }
  return { kind: 'written', revision, position: position === '' ? undefined : position };
};

const allPosition = (message: ProtoReader): Position => {
  let commit: number | bigint = 0;
  let prepare: number | bigint = 0;
  while (message.next()) {
    if (message.field === 1) commit = message.uint64();
    else if (message.field === 2) prepare = message.uint64();
    else message.skip();
  }
  return positionText(commit, prepare);
};

/** Field 6 is the current revision; servers before 20.10 knew only field 1. */
const currentRevision = (message: ProtoReader): number => {
  let revision = NO_STREAM;
  while (message.next()) {
    if (message.field === 1 || message.field === 6) revision = revisionOf(message.uint64());
    else message.skip();
  }
  return revision;
};

/** One message on a `BatchAppend` call; undefined where it names no correlation id of ours. */
export const readBatchAnswer = (bytes: Buffer): BatchAnswer | undefined => {
  const response = new ProtoReader(bytes);
  let correlation: number | undefined;
  let answer: AppendAnswer | undefined;
  while (response.next()) {
    if (response.field === 1) correlation = correlationOf(response.message());
    else if (response.field === 2) answer = errorOf(response.message());
    else if (response.field === 3) answer = success(response.message());
    else response.skip();
  }
  if (correlation === undefined) return undefined;
  return {
    correlation,
    answer: answer ?? { kind: 'ambiguous', reconnect: false, message: 'an answer without a result' },
  };
};

/** Structured as it was sent, or as text: the low half is the number. */
const correlationOf = (uuid: ProtoReader): number | undefined => {
  while (uuid.next()) {
    if (uuid.field === 1) {
      const structured = uuid.message();
      while (structured.next()) {
        if (structured.field === 2) return Number(structured.uint64());
        structured.skip();
      }
      return undefined;
    }
    if (uuid.field === 2) return Number.parseInt(uuid.text().replaceAll('-', '').slice(-13), 16);
    uuid.skip();
  }
  return undefined;
};

const errorOf = (status: ProtoReader): AppendAnswer => {
  let message = '';
  let type = '';
  let details: ProtoReader | undefined;
  while (status.next()) {
    if (status.field === 2) message = status.text();
    else if (status.field === 3) {
      const any = status.message();
      while (any.next()) {
        if (any.field === 1) type = any.text().split('.').at(-1) ?? '';
        else if (any.field === 2) details = any.message();
        else any.skip();
      }
    } else status.skip();
  }
  return batchFailure(type, message, details);
};

const batchFailure = (type: string, message: string, details: ProtoReader | undefined): AppendAnswer => {
  switch (type) {
    case 'WrongExpectedVersion':
      return { kind: 'conflict', actualRevision: firstNumber(details) ?? NO_STREAM };
    case 'StreamDeleted':
      return { kind: 'deleted', message: message || 'the stream is deleted' };
    case 'AccessDenied':
      return { kind: 'denied', message: message || 'access denied' };
    case 'MaximumAppendSizeExceeded':
      return { kind: 'too-large', message, bytesMax: firstNumber(details) };
    case 'BadRequest':
      return { kind: 'fatal', message: `the server calls the append a bad request: ${message}` };
    case 'Timeout':
      return { kind: 'ambiguous', reconnect: false, message: 'the server timed out' };
    default:
      // "Server Is Not Ready", "Server Is Busy", "No leader info …": a leader without followers says so of appends that it
      // has written all the same.
      return { kind: 'ambiguous', reconnect: false, message: message || `unknown answer ${type}` };
  }
};

const firstNumber = (details: ProtoReader | undefined): number | undefined => {
  while (details?.next() === true) {
    if (details.field === 1) return revisionOf(details.uint64());
    details.skip();
  }
  return undefined;
};
