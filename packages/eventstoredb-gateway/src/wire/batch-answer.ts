import type { Failure } from '../failure.js';
import type { AppendAnswer } from '../append/answer.js';
import { batchConflict, type Expectation } from './expectation.js';
import {
  AccessDenied,
  AllStreamPosition,
  Any,
  BadRequest,
  BatchAppendResp,
  GoogleEmpty,
  MaximumAppendSizeExceeded,
  Status,
  StreamDeleted,
  Timeout,
  Unknown,
  streamIdentifier,
  type UUID,
} from './messages.js';

/** Codes of `google.rpc.Code`, which are those of gRPC. */
const CODE = {
  unknown: 2,
  invalidArgument: 3,
  deadlineExceeded: 4,
  notFound: 5,
  alreadyExists: 6,
  permissionDenied: 7,
  internal: 13,
  unavailable: 14,
} as const;

interface Packable {
  serializeBinary(): Uint8Array;
}

const statusOf = (code: number, message: string, type: string, detail: Packable): Status => {
  const details = new Any();
  details.pack(detail.serializeBinary(), type);
  return new Status().setCode(code).setMessage(message).setDetails(details);
};

const timeout = (): Status => statusOf(CODE.deadlineExceeded, 'Timeout', 'event_store.client.Timeout', new Timeout());

const streamDeleted = (stream: string): Status => {
  const detail = new StreamDeleted().setStreamIdentifier(streamIdentifier(stream));
  return statusOf(CODE.notFound, 'StreamDeleted', 'event_store.client.StreamDeleted', detail);
};

const statusOfFailure = (failure: Failure, stream: string, appendDataBytesMax: number): Status => {
  switch (failure.kind) {
    case 'access-denied':
    case 'unauthenticated':
      return statusOf(CODE.permissionDenied, 'AccessDenied', 'event_store.client.AccessDenied', new AccessDenied());
    case 'stream-deleted':
      return streamDeleted(stream);
    case 'too-large': {
      const detail = new MaximumAppendSizeExceeded().setMaxappendsize(appendDataBytesMax);
      const type = 'event_store.client.MaximumAppendSizeExceeded';
      return statusOf(CODE.invalidArgument, 'MaximumAppendSizeExceeded', type, detail);
    }
    case 'bad-request': {
      const detail = new BadRequest().setMessage(failure.message);
      return statusOf(CODE.invalidArgument, 'BadRequest', 'event_store.client.BadRequest', detail);
    }
    case 'timeout':
      return timeout();
    case 'unavailable':
      return statusOf(CODE.unavailable, failure.message, 'google.protobuf.Empty', new GoogleEmpty());
    case 'internal':
      return statusOf(CODE.unknown, 'Unknown', 'event_store.client.Unknown', new Unknown());
  }
};

const successOf = (
  currentRevision: number,
  position: number | undefined,
): InstanceType<typeof BatchAppendResp.Success> => {
  const success = new BatchAppendResp.Success();
  if (currentRevision < 0) success.setNoStream(new GoogleEmpty());
  else success.setCurrentRevision(String(currentRevision));
  if (position === undefined) success.setNoPosition(new GoogleEmpty());
  else {
    const place = String(position);
    success.setPosition(new AllStreamPosition().setCommitPosition(place).setPreparePosition(place));
  }
  return success;
};

export interface BatchSubject {
  readonly correlationId: UUID | undefined;
  readonly stream: string;
}

const answerTo = (subject: BatchSubject): BatchAppendResp =>
  new BatchAppendResp().setCorrelationId(subject.correlationId).setStreamIdentifier(streamIdentifier(subject.stream));

export const batchAnswer = (subject: BatchSubject, expected: Expectation, answer: AppendAnswer): BatchAppendResp => {
  switch (answer.kind) {
    case 'success':
      return answerTo(subject).setSuccess(successOf(answer.currentRevision, answer.position));
    case 'wrong-expected-version': {
      const detail = batchConflict(expected, answer.actual);
      const type = 'event_store.client.WrongExpectedVersion';
      return answerTo(subject).setError(statusOf(CODE.alreadyExists, 'WrongExpectedVersion', type, detail));
    }
    case 'stream-deleted':
      return answerTo(subject).setError(streamDeleted(subject.stream));
  }
};

export const batchFailure = (subject: BatchSubject, failure: Failure, appendDataBytesMax: number): BatchAppendResp =>
  answerTo(subject).setError(statusOfFailure(failure, subject.stream, appendDataBytesMax));
