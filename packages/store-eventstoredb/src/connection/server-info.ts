import type { Client, Metadata } from '@grpc/grpc-js';
import type { Sleep } from '../time.js';
import { failureOf } from '../wire/failure.js';
import type { ChannelFactory } from './channel.js';
import { Empty, ServerFeaturesService } from './generated.js';
import { unaryCall } from './unary.js';

export interface ServerInfo {
  /** As the server says it, three numbers; undefined where it does not know the question (before 21.10). */
  readonly version: string | undefined;
  /** The server's clock when it answered, in whole seconds; undefined where it sends no date. */
  readonly atMs: number | undefined;
  /** `service/method` in lower case, each with the features that the server names. */
  readonly methods: ReadonlyMap<string, readonly string[]>;
}

const UNKNOWN_SERVER: ServerInfo = { version: undefined, atMs: undefined, methods: new Map() };

/** Asks the server what it is. Rejects with the call's error; a server that does not know the question is an old one. */
export const serverInfoOf = async (
  channels: ChannelFactory,
  client: Client,
  limit: { readonly sleep: Sleep; readonly timeoutMs: number },
): Promise<ServerInfo> => {
  let atMs: number | undefined;
  const onHeaders = (headers: Metadata): void => {
    const date = Date.parse(String(headers.get('date')[0]));
    atMs = Number.isNaN(date) ? undefined : date;
  };
  try {
    const { getSupportedMethods } = ServerFeaturesService;
    const withHeaders = { ...limit, onHeaders };
    const answer = await unaryCall(client, getSupportedMethods, new Empty(), channels.metadata(false), withHeaders);
    const methods = answer
      .getMethodsList()
      .map((one) => [`${one.getServiceName()}/${one.getMethodName()}`.toLowerCase(), one.getFeaturesList()] as const);
    return { version: answer.getEventStoreServerVersion() || undefined, atMs, methods: new Map(methods) };
  } catch (error) {
    if (failureOf(error).kind === 'unsupported') return UNKNOWN_SERVER;
    throw error;
  }
};

const BATCH_APPEND = 'event_store.client.streams.streams/batchappend';

/** Batch appends whose deadline is a duration: with an older server the clocks of both would have to agree. */
export const hasSafeBatchAppend = ({ methods }: ServerInfo): boolean =>
  methods.get(BATCH_APPEND)?.includes('deadline_duration') ?? false;

/** From 23.10 a subscription says when it has caught up, and its checkpoints skip nothing. */
export const tellsCaughtUp = ({ version }: ServerInfo): boolean => {
  const [major = 0, minor = 0] = (version ?? '').split('.').map(Number);
  return major > 23 || (major === 23 && minor >= 10);
};
