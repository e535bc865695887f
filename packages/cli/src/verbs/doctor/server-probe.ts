import { readFileSync } from 'node:fs';
import gossipServices from '@eventstore/db-client/generated/gossip_grpc_pb.js';
import gossipMessages from '@eventstore/db-client/generated/gossip_pb.js';
import featureServices from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js';
import sharedMessages from '@eventstore/db-client/generated/shared_pb.js';
import { Client, credentials, Metadata, status, type ChannelCredentials, type MethodDefinition } from '@grpc/grpc-js';
import { setTimer, type Io } from '../../io.js';

const { GossipService } = gossipServices;
const { ServerFeaturesService } = featureServices;
const { Empty } = sharedMessages;
type Empty = InstanceType<typeof Empty>;

/** A node that has not answered by then is as good as gone for whoever waits on it. */
const ANSWER_MS = 3_000;
const PORT_DEFAULT = 2113;
const TICKS_PER_MS = 10_000n;

export interface Member {
  readonly address: string;
  /** As the server names it: Leader, Follower, … */
  readonly state: string;
  readonly isAlive: boolean;
  /** Its clock, as it said last, less ours. */
  readonly clockAheadMs: number;
}

export interface Node {
  readonly address: string;
  /** Why it could not be asked; everything else is missing then. */
  readonly trouble: string | undefined;
  readonly version: string | undefined;
  /** `service/method` in lower case, with what the server says about it. */
  readonly methods: ReadonlyMap<string, readonly string[]>;
  readonly members: readonly Member[];
}

/** Asks each node that a connection string names what it is and whom it knows. The string has been checked before. */
export const probeServers = async (io: Io, connection: string): Promise<Node[]> => {
  const { seeds, security, metadata } = targetOf(connection);
  return Promise.all(
    seeds.map(async (address) => {
      const client = new Client(address, security, { 'grpc.use_local_subchannel_pool': 1 });
      try {
        return await probe(io, address, client, metadata);
      } catch (error) {
        const { details, message } = error as { details?: string; message: string };
        return { address, trouble: details ?? message, version: undefined, methods: new Map(), members: [] };
      } finally {
        client.close();
      }
    }),
  );
};

const probe = async (io: Io, address: string, client: Client, metadata: Metadata): Promise<Node> => {
  const askedAtMs = io.nowMs();
  const gossip = await ask(client, GossipService.read, metadata);
  const nowMs = (askedAtMs + io.nowMs()) / 2;
  const features = await ask(client, ServerFeaturesService.getSupportedMethods, metadata).catch(noneIfUnknown);
  const methods = (features?.getMethodsList() ?? []).map((method) => {
    const name = `${method.getServiceName()}/${method.getMethodName()}`.toLowerCase();
    return [name, method.getFeaturesList()] as const;
  });
  const members = gossip.getMembersList().map((member) => ({
    address: `${member.getHttpEndPoint()?.getAddress() ?? '?'}:${member.getHttpEndPoint()?.getPort() ?? 0}`,
    state: stateName(member.getState()),
    isAlive: member.getIsAlive(),
    clockAheadMs: Math.round(Number(BigInt(member.getTimeStamp()) / TICKS_PER_MS) - nowMs),
  }));
  const version = features?.getEventStoreServerVersion();
  return { address, trouble: undefined, version, methods: new Map(methods), members };
};

/** A server that does not know the question is an old one. */
const noneIfUnknown = (error: Error): undefined => {
  if ((error as { code?: unknown }).code !== status.UNIMPLEMENTED) throw error;
};

const ask = <Answer>(client: Client, method: MethodDefinition<Empty, Answer>, metadata: Metadata): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const { path, requestSerialize, responseDeserialize } = method;
    const call = client.makeUnaryRequest(
      path,
      requestSerialize,
      responseDeserialize,
      new Empty(),
      metadata,
      (error, answer) => {
        cancelTimer();
        if (answer === undefined) reject(error ?? new Error('an empty answer'));
        else resolve(answer);
      },
    );
    const cancelTimer = setTimer(ANSWER_MS, () => {
      reject(new Error(`no answer within ${ANSWER_MS / 1_000} s`));
      call.cancel();
    });
  });

const stateName = (state: number): string => {
  const names = Object.entries(gossipMessages.MemberInfo.VNodeState) as [string, number][];
  const name = names.find(([, value]) => value === state)?.[0] ?? String(state);
  return name.charAt(0) + name.slice(1).toLowerCase();
};

interface Target {
  readonly seeds: readonly string[];
  readonly security: ChannelCredentials;
  readonly metadata: Metadata;
}

const targetOf = (connection: string): Target => {
  const [, user, hosts = '', query = ''] =
    /^[a-z+]+:\/\/(?:(.*)@)?([^/?]*)\/?(?:\?(.*))?$/i.exec(connection.trim()) ?? [];
  const options = new Map([...new URLSearchParams(query)].map(([name, value]) => [optionName(name), value]));
  const file = (name: string): Buffer | null => (options.has(name) ? readFileSync(options.get(name) as string) : null);
  const metadata = new Metadata();
  const isOpen = options.get('tls') === 'false';
  if (!isOpen && user !== undefined) {
    const [name = '', ...password] = user.split(':').map(decodeURIComponent);
    metadata.set('authorization', `Basic ${Buffer.from(`${name}:${password.join(':')}`).toString('base64')}`);
  }
  const security = isOpen
    ? credentials.createInsecure()
    : credentials.createSsl(file('tlscafile'), file('userkeyfile'), file('usercertfile'), {
        rejectUnauthorized: options.get('tlsverifycert') !== 'false',
      });
  return { seeds: hosts.split(',').map(withPort), security, metadata };
};

const optionName = (name: string): string => name.toLowerCase().replaceAll(/[-_]/g, '');
const withPort = (host: string): string => (/:\d+$/.test(host.trim()) ? host.trim() : `${host.trim()}:${PORT_DEFAULT}`);
