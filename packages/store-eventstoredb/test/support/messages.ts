import sharedMessages from '@eventstore/db-client/generated/shared_pb.js';
import statusMessages from '@eventstore/db-client/generated/status_pb.js';
import streamMessages from '@eventstore/db-client/generated/streams_pb.js';
import type {
  ReadResp as ReadRespMessage,
  AppendResp as AppendRespMessage,
} from '@eventstore/db-client/generated/streams_pb.js';
import type {
  BatchAppendReq,
  BatchAppendResp as BatchAppendRespMessage,
} from '@eventstore/db-client/generated/streams_pb.js';
import type { AppendReq } from '@eventstore/db-client/generated/streams_pb.js';
import type { Expected, Logged, Proposed, Verdict } from './log.js';

/** Answers as a node gives them, built with the package's own classes: the adapter's codec is judged by another one. */
const { Empty, StreamIdentifier, UUID, WrongExpectedVersion, StreamDeleted, AllStreamPosition, Timeout, AccessDenied } =
  sharedMessages;
const { AppendResp, BatchAppendResp, ReadResp } = streamMessages;
const TICKS_PER_MS = 10_000n;

const utf8 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');

export const nameOf = (identifier: InstanceType<typeof StreamIdentifier> | undefined): string =>
  utf8(identifier?.getStreamName_asU8() ?? new Uint8Array());

const identifierOf = (stream: string): InstanceType<typeof StreamIdentifier> => {
  const identifier = new StreamIdentifier();
  identifier.setStreamName(new Uint8Array(Buffer.from(stream)));
  return identifier;
};

export const proposedOf = (message: AppendReq.ProposedMessage | BatchAppendReq.ProposedMessage): Proposed => ({
  id: message.getId()!.getString().toLowerCase(),
  type: message.getMetadataMap().get('type')!,
  contentType: message.getMetadataMap().get('content-type')!,
  data: message.getData_asU8(),
  metadata: message.getCustomMetadata_asU8(),
});

export const expectedOf = (options: AppendReq.Options): Expected => {
  if (options.hasAny()) return 'any';
  return options.hasNoStream() ? -1 : Number(options.getRevision());
};

export const expectedOfBatch = (options: BatchAppendReq.Options): Expected => {
  if (options.hasAny()) return 'any';
  return options.hasNoStream() ? -1 : Number(options.getStreamPosition());
};

export const appendAnswer = (verdict: Verdict): AppendRespMessage => {
  const answer = new AppendResp();
  if (verdict.kind === 'written') {
    const success = new AppendResp.Success();
    success.setCurrentRevision(String(verdict.revision));
    const position = new AppendResp.Position();
    position.setCommitPosition(String(verdict.position));
    position.setPreparePosition(String(verdict.position));
    success.setPosition(position);
    answer.setSuccess(success);
  } else if (verdict.kind === 'conflict') {
    const conflict = new AppendResp.WrongExpectedVersion();
    if (verdict.current < 0) conflict.setCurrentNoStream(new Empty());
    else conflict.setCurrentRevision(String(verdict.current));
    answer.setWrongExpectedVersion(conflict);
  }
  return answer;
};

export const batchAnswer = (request: BatchAppendReq, verdict: Verdict): BatchAppendRespMessage => {
  const answer = new BatchAppendResp();
  answer.setCorrelationId(request.getCorrelationId());
  if (verdict.kind === 'written') {
    const success = new BatchAppendResp.Success();
    success.setCurrentRevision(String(verdict.revision));
    const position = new AllStreamPosition();
    position.setCommitPosition(String(verdict.position));
    position.setPreparePosition(String(verdict.position));
    success.setPosition(position);
    answer.setSuccess(success);
  } else if (verdict.kind === 'conflict') {
    const conflict = new WrongExpectedVersion();
    if (verdict.current < 0) conflict.setCurrentNoStream(googleEmpty());
    else conflict.setCurrentStreamRevision(String(verdict.current));
    answer.setError(statusOf('WrongExpectedVersion', '', conflict.serializeBinary()));
  } else answer.setError(statusOf('StreamDeleted', 'gone', new StreamDeleted().serializeBinary()));
  return answer;
};

export const batchError = (request: BatchAppendReq, type: string, message: string): BatchAppendRespMessage => {
  const answer = new BatchAppendResp();
  answer.setCorrelationId(request.getCorrelationId());
  const body = type === 'Timeout' ? new Timeout() : type === 'AccessDenied' ? new AccessDenied() : new Empty();
  answer.setError(statusOf(type, message, body.serializeBinary()));
  return answer;
};

const googleEmpty = (): ReturnType<InstanceType<typeof WrongExpectedVersion>['getCurrentNoStream']> =>
  WrongExpectedVersion.deserializeBinary(Uint8Array.of(0x12, 0)).getCurrentNoStream();

const statusOf = (type: string, message: string, body: Uint8Array): InstanceType<typeof statusMessages.Status> => {
  // An empty field 3: the package brings the class of Any, but no door to it.
  const any = statusMessages.Status.deserializeBinary(Uint8Array.of(0x1a, 0)).getDetails()!;
  any.setTypeUrl(`type.googleapis.com/event_store.client.${type}`);
  any.setValue(body);
  const status = new statusMessages.Status();
  status.setMessage(message);
  status.setDetails(any);
  return status;
};

/** An answer to nobody: its correlation id was never sent. */
export const strayAnswer = (): BatchAppendRespMessage => {
  const answer = new BatchAppendResp();
  const uuid = new UUID();
  uuid.setString('11111111-2222-4333-8444-999999999999');
  answer.setCorrelationId(uuid);
  answer.setSuccess(new BatchAppendResp.Success());
  return answer;
};

export const eventAnswer = (record: Logged): ReadRespMessage => {
  const event = new ReadResp.ReadEvent.RecordedEvent();
  const id = new UUID();
  id.setString(record.id);
  event.setId(id);
  event.setStreamIdentifier(identifierOf(record.stream));
  event.setStreamRevision(String(record.revision));
  event.setCommitPosition(String(record.position));
  event.setPreparePosition(String(record.position));
  event.getMetadataMap().set('type', record.type);
  event.getMetadataMap().set('content-type', record.contentType);
  event.getMetadataMap().set('created', String(BigInt(record.createdMs) * TICKS_PER_MS));
  event.setData(record.data);
  event.setCustomMetadata(record.metadata);
  const read = new ReadResp.ReadEvent();
  read.setEvent(event);
  read.setCommitPosition(String(record.position));
  const answer = new ReadResp();
  answer.setEvent(read);
  return answer;
};

export const notFoundAnswer = (stream: string): ReadRespMessage => {
  const missing = new ReadResp.StreamNotFound();
  missing.setStreamIdentifier(identifierOf(stream));
  const answer = new ReadResp();
  answer.setStreamNotFound(missing);
  return answer;
};

export const confirmationAnswer = (): ReadRespMessage => {
  const answer = new ReadResp();
  answer.setConfirmation(new ReadResp.SubscriptionConfirmation());
  return answer;
};

export const caughtUpAnswer = (): ReadRespMessage => {
  const answer = new ReadResp();
  answer.setCaughtUp(new ReadResp.CaughtUp());
  return answer;
};

export const checkpointAnswer = (commit: number, prepare: number): ReadRespMessage => {
  const checkpoint = new ReadResp.Checkpoint();
  checkpoint.setCommitPosition(String(commit));
  checkpoint.setPreparePosition(String(prepare));
  const answer = new ReadResp();
  answer.setCheckpoint(checkpoint);
  return answer;
};
