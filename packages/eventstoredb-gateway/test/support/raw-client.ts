import { credentials, makeGenericClientConstructor, Metadata, type ServiceError } from '@grpc/grpc-js';
import gossipService from '@eventstore/db-client/generated/gossip_grpc_pb.js';
import featuresService from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js';
import streamsService from '@eventstore/db-client/generated/streams_grpc_pb.js';
import { AppendReq, BatchAppendReq, Empty, GoogleEmpty, UUID, streamIdentifier } from '../../src/wire/messages.js';
import type { AppendResp, BatchAppendResp, ProposedMessage, ReadReq, ReadResp } from '../../src/wire/messages.js';

export interface WireEvent {
  readonly id?: UUID;
  readonly properties?: Readonly<Record<string, string>>;
  readonly data?: Uint8Array;
  readonly metadata?: Uint8Array;
}

let ids = 0;
export const newId = (): string => `00000000-0000-4000-8000-${(ids += 1).toString(16).padStart(12, '0')}`;

export const stringId = (text: string): UUID => new UUID().setString(text);

const proposed = <T extends ProposedMessage>(message: T, event: WireEvent): T => {
  message.setId(event.id ?? stringId(newId()));
  const properties = event.properties ?? { type: 'said', 'content-type': 'application/json' };
  for (const [key, value] of Object.entries(properties)) message.getMetadataMap().set(key, value);
  message.setData(event.data ?? Buffer.from('{}')).setCustomMetadata(event.metadata ?? new Uint8Array());
  return message;
};

/** A message of a classic append that holds an event. */
export const appendEvent = (event: WireEvent): AppendReq =>
  new AppendReq().setProposedMessage(proposed(new AppendReq.ProposedMessage(), event));

export type Expected = 'any' | 'no_stream' | 'stream_exists' | 'unset' | bigint;

/** How a call ended, without throwing. */
export interface Ended<T> {
  readonly error: ServiceError | undefined;
  readonly answer: T | undefined;
}

export interface BatchPart {
  readonly id: string;
  readonly stream?: string;
  readonly expected?: Expected;
  readonly events?: readonly WireEvent[];
  readonly isFinal?: boolean;
}

export const batchRequest = ({
  id,
  stream,
  expected = 'any',
  events = [],
  isFinal = true,
}: BatchPart): BatchAppendReq => {
  const request = new BatchAppendReq().setCorrelationId(stringId(id)).setIsFinal(isFinal);
  for (const event of events) request.addProposedMessages(proposed(new BatchAppendReq.ProposedMessage(), event));
  if (stream === undefined) return request;
  const options = new BatchAppendReq.Options().setStreamIdentifier(streamIdentifier(stream));
  if (expected === 'any') options.setAny(new GoogleEmpty());
  else if (expected === 'no_stream') options.setNoStream(new GoogleEmpty());
  else if (expected === 'stream_exists') options.setStreamExists(new GoogleEmpty());
  else if (expected !== 'unset') options.setStreamPosition(expected.toString());
  return request.setOptions(options);
};

const StreamsClient = makeGenericClientConstructor(streamsService.StreamsService, 'Streams');
const GossipClient = makeGenericClientConstructor(gossipService.GossipService, 'Gossip');
const FeaturesClient = makeGenericClientConstructor(featuresService.ServerFeaturesService, 'ServerFeatures');

export type RawClient = ReturnType<typeof rawClient>;

/** The protocol spoken by hand: what no official client would send, and answers as they are on the wire. */
export const rawClient = (port: number) => {
  const options = { 'grpc.use_local_subchannel_pool': 1, 'grpc.max_receive_message_length': -1 };
  const address = `127.0.0.1:${port}`;
  const streams = new StreamsClient(address, credentials.createInsecure(), options);
  const gossip = new GossipClient(address, credentials.createInsecure(), options);
  const features = new FeaturesClient(address, credentials.createInsecure(), options);

  const unary = <T>(client: typeof streams, method: string, request: unknown): Promise<Ended<T>> =>
    new Promise((resolve) => {
      client[method]!(request, (error: ServiceError | null, answer: T) =>
        resolve({ error: error ?? undefined, answer }),
      );
    });

  const append = (
    stream: string,
    expected: Expected,
    events: readonly WireEvent[],
    metadata = new Metadata(),
  ): Promise<Ended<AppendResp>> =>
    new Promise((resolve) => {
      const call = streams['append']!(metadata, (error: ServiceError | null, answer: AppendResp) =>
        resolve({ error: error ?? undefined, answer }),
      );
      call.on('error', () => undefined);
      const target = new AppendReq.Options().setStreamIdentifier(streamIdentifier(stream));
      if (expected === 'any') target.setAny(new Empty());
      else if (expected === 'no_stream') target.setNoStream(new Empty());
      else if (expected === 'stream_exists') target.setStreamExists(new Empty());
      else if (expected !== 'unset') target.setRevision(expected.toString());
      call.write(new AppendReq().setOptions(target));
      for (const event of events) call.write(appendEvent(event));
      call.end();
    });

  const read = (request: ReadReq): Promise<Ended<ReadResp[]>> =>
    new Promise((resolve) => {
      const answers: ReadResp[] = [];
      const call = streams['read']!(request);
      call.on('data', (answer: ReadResp) => answers.push(answer));
      call.on('error', (error: ServiceError) => resolve({ error, answer: answers }));
      call.on('end', () => resolve({ error: undefined, answer: answers }));
    });

  return {
    append,
    read,
    streams,
    unary,
    gossip: (request: unknown) =>
      unary<import('@eventstore/db-client/generated/gossip_pb.js').ClusterInfo>(gossip, 'read', request),
    features: (request: unknown) =>
      unary<import('@eventstore/db-client/generated/serverfeatures_pb.js').SupportedMethods>(
        features,
        'getSupportedMethods',
        request,
      ),
    batch: (): import('@grpc/grpc-js').ClientDuplexStream<BatchAppendReq, BatchAppendResp> => {
      const call = streams['batchAppend']!();
      call.on('error', () => undefined);
      return call;
    },
    close: (): void => {
      for (const client of [streams, gossip, features]) client.close();
    },
  };
};
