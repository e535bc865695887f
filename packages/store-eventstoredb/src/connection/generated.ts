/**
 * The message and service classes of `@eventstore/db-client`. They are CommonJS without named exports that Node could find,
 * hence the default imports, here alone.
 */
import gossipServices from '@eventstore/db-client/generated/gossip_grpc_pb.js';
import gossipMessages from '@eventstore/db-client/generated/gossip_pb.js';
import featureServices from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js';
import sharedMessages from '@eventstore/db-client/generated/shared_pb.js';
import streamServices from '@eventstore/db-client/generated/streams_grpc_pb.js';
import streamMessages from '@eventstore/db-client/generated/streams_pb.js';

export const { GossipService } = gossipServices;
export const { MemberInfo } = gossipMessages;
export const { ServerFeaturesService } = featureServices;
export const { Empty, StreamIdentifier } = sharedMessages;
export const { StreamsService } = streamServices;
export const { ReadReq } = streamMessages;
