/**
 * The one place that knows where the protocol's message classes come from: the client package ships what protoc made of
 * EventStoreDB's definitions. They are CommonJS and meet in one global object, so they are loaded here and nowhere else, and
 * a server must use the same copy as a client of its process (their serialisers look at the class).
 */
import gossipService from '@eventstore/db-client/generated/gossip_grpc_pb.js';
import gossip from '@eventstore/db-client/generated/gossip_pb.js';
import featuresService from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js';
import features from '@eventstore/db-client/generated/serverfeatures_pb.js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import status from '@eventstore/db-client/generated/status_pb.js';
import streamsService from '@eventstore/db-client/generated/streams_grpc_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import any from 'google-protobuf/google/protobuf/any_pb.js';
import empty from 'google-protobuf/google/protobuf/empty_pb.js';
import type * as SharedMessages from '@eventstore/db-client/generated/shared_pb.js';
import type * as StatusMessages from '@eventstore/db-client/generated/status_pb.js';
import type * as StreamMessages from '@eventstore/db-client/generated/streams_pb.js';
import { textOf } from './text.js';

export const { StreamsService } = streamsService;
export const { GossipService } = gossipService;
export const { ServerFeaturesService } = featuresService;

export const { AppendReq, AppendResp, BatchAppendReq, BatchAppendResp, DeleteResp, ReadReq, ReadResp, TombstoneResp } =
  streams;
export type AppendReq = StreamMessages.AppendReq;
export type AppendResp = StreamMessages.AppendResp;
export type BatchAppendReq = StreamMessages.BatchAppendReq;
export type BatchAppendResp = StreamMessages.BatchAppendResp;
export type DeleteReq = StreamMessages.DeleteReq;
export type DeleteResp = StreamMessages.DeleteResp;
export type ReadReq = StreamMessages.ReadReq;
export type ReadOptions = StreamMessages.ReadReq.Options;
export type FilterOptions = StreamMessages.ReadReq.Options.FilterOptions;
export type ReadResp = StreamMessages.ReadResp;
export type RecordedEventMessage = StreamMessages.ReadResp.ReadEvent.RecordedEvent;
export type ProposedMessage = StreamMessages.AppendReq.ProposedMessage | StreamMessages.BatchAppendReq.ProposedMessage;
export type TombstoneReq = StreamMessages.TombstoneReq;
export type TombstoneResp = StreamMessages.TombstoneResp;

export const { ClusterInfo, EndPoint, MemberInfo } = gossip;
export const { SupportedMethod, SupportedMethods } = features;

export const {
  AccessDenied,
  AllStreamPosition,
  BadRequest,
  Empty,
  MaximumAppendSizeExceeded,
  StreamDeleted,
  StreamIdentifier,
  Timeout,
  Unknown,
  UUID,
  WrongExpectedVersion,
} = shared;
export type Empty = SharedMessages.Empty;
export type StreamIdentifier = SharedMessages.StreamIdentifier;
export type UUID = SharedMessages.UUID;
export type WrongExpectedVersion = SharedMessages.WrongExpectedVersion;

/** `google.rpc.Status`, in which a batch append says what went wrong with one of its appends. */
export const { Status } = status;
export type Status = StatusMessages.Status;
export const { Any } = any;
/** `google.protobuf.Empty`: not the same class as EventStoreDB's own {@link Empty}. */
export const GoogleEmpty = empty.Empty;

const UTF8_BYTES = new TextEncoder();

export const streamNameOf = (identifier: StreamIdentifier | undefined): string =>
  identifier === undefined ? '' : textOf(identifier.getStreamName_asU8());

export const streamIdentifier = (stream: string): StreamIdentifier =>
  new StreamIdentifier().setStreamName(UTF8_BYTES.encode(stream));
