import { Server, ServerCredentials } from '@grpc/grpc-js';
import { appendCall } from '../calls/append-call.js';
import { batchAppendCall } from '../calls/batch-append-call.js';
import { deleteCall, tombstoneCall } from '../calls/delete-calls.js';
import { featuresCall, gossipCall, type Member } from '../calls/info-calls.js';
import { readCall } from '../calls/read-call.js';
import type { CallTools } from '../calls/tools.js';
import type { GatewayTls } from '../options.js';
import { readBatchRequest } from '../wire/batch-request.js';
import { serializeReadAnswer } from '../wire/read-answer.js';
import { GossipService, ServerFeaturesService, StreamsService } from '../wire/messages.js';
import { MESSAGES, wellFormed } from '../wire/well-formed.js';
import { Listener } from './listener.js';
import { useNodeSettings } from './http2-settings.js';

/** Room for what a message has beside the events of a largest append. */
const MESSAGE_OVERHEAD_BYTES = 1_048_576;

/** The services that are offered. grpc-js answers everything else with `UNIMPLEMENTED` at once, as a node does. */
export const grpcServer = (tools: CallTools, member: Member): Server => {
  const { limits } = tools.core;
  const server = new Server({
    'grpc.max_concurrent_streams': limits.callsPerConnectionMax,
    'grpc.max_receive_message_length': limits.appendBytesMax + MESSAGE_OVERHEAD_BYTES,
    'grpc.max_send_message_length': -1,
    'grpc.keepalive_time_ms': limits.keepAliveMs,
    'grpc.keepalive_timeout_ms': limits.keepAliveTimeoutMs,
    'grpc.enable_channelz': 0,
  });
  useNodeSettings(server, limits.callsPerConnectionMax);
  const { read, append, batchAppend, delete: softDelete, tombstone } = StreamsService;
  const streams = {
    ...StreamsService,
    read: { ...checked(read, MESSAGES.read), responseSerialize: serializeReadAnswer },
    append: checked(append, MESSAGES.append),
    batchAppend: checked({ ...batchAppend, requestDeserialize: readBatchRequest }, MESSAGES.batchAppend),
    delete: checked(softDelete, MESSAGES.delete),
    tombstone: checked(tombstone, MESSAGES.delete),
  };
  server.addService(streams, {
    read: readCall(tools),
    append: appendCall(tools),
    batchAppend: batchAppendCall(tools),
    delete: deleteCall(tools),
    tombstone: tombstoneCall(tools),
  });
  server.addService(ServerFeaturesService, { getSupportedMethods: featuresCall(tools) });
  server.addService(GossipService, { read: gossipCall(tools, member) });
  return server;
};

const checked = <T, M extends { readonly requestDeserialize: (bytes: Buffer) => T }>(
  method: M,
  messages: Parameters<typeof wellFormed>[0],
): M => ({ ...method, requestDeserialize: wellFormed(messages, method.requestDeserialize) });

const credentials = (tls: GatewayTls | undefined): ServerCredentials => {
  if (tls === undefined) return ServerCredentials.createInsecure();
  const { certificate, privateKey, clientCertificateAuthority } = tls;
  return ServerCredentials.createSsl(
    clientCertificateAuthority ?? null,
    [{ cert_chain: certificate, private_key: privateKey }],
    clientCertificateAuthority !== undefined,
  );
};

/** Throws for a certificate that is none. */
export const listenerFor = (server: Server, tls: GatewayTls | undefined, connectionsMax: number): Listener => {
  const injector = server.createConnectionInjector(credentials(tls));
  return new Listener({ connectionsMax, onConnection: (socket) => injector.injectConnection(socket) });
};
