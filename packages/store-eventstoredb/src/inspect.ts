import { ChannelFactory } from './connection/channel.js';
import { maskedConnectionString, parseConnectionString } from './connection/connection-string.js';
import { gossipOf, type ClusterNode } from './connection/gossip.js';
import { hasSafeBatchAppend, serverInfoOf, tellsCaughtUp, type ServerInfo } from './connection/server-info.js';
import type { Sleep } from './time.js';
import { failureOf, type Address } from './wire/failure.js';

export interface InspectOptions {
  readonly connectionString: string;
  readonly nowMs: () => number;
  readonly sleep: Sleep;
  /** For each question to each node. */
  readonly timeoutMs: number;
}

export interface NodeInspection {
  readonly address: string;
  /** `seed`: named in the connection string, not by the cluster. */
  readonly state: ClusterNode['state'] | 'seed';
  /** What the node failed with; the rest is undefined then. */
  readonly error: string | undefined;
  readonly version: string | undefined;
  /** `service/method`, each with its features. */
  readonly methods: Readonly<Record<string, readonly string[]>>;
  /** Where the node's clock stands against this machine's, to about a second. */
  readonly clockAheadMs: number | undefined;
  readonly appends: 'batch' | 'classic' | undefined;
  /** Known faults of this version, each with what the store does about it. */
  readonly faults: readonly string[];
}

export interface Inspection {
  /** Without the password. */
  readonly connectionString: string;
  readonly leader: string | undefined;
  readonly nodes: readonly NodeInspection[];
}

/**
 * Asks every node of a connection string, and every node that those name, what it is. Never rejects for a node that does not
 * answer; throws `BadConnectionString` where there is nothing to ask.
 */
export const inspectEventStoreDb = async (options: InspectOptions): Promise<Inspection> => {
  const settings = parseConnectionString(options.connectionString);
  const channels = new ChannelFactory(settings);
  const members = await membersOf(channels, options);
  const known = new Set(members.map(({ address }) => textOf(address)));
  const seeds = settings.seeds.filter((seed) => members.length === 0 || (settings.gossip && !known.has(textOf(seed))));
  const nodes = await Promise.all([
    ...members.map((member) => inspectNode(channels, options, member.address, member)),
    ...seeds.map((seed) => inspectNode(channels, options, seed, undefined)),
  ]);
  return {
    connectionString: maskedConnectionString(options.connectionString),
    leader: nodes.find(({ state }) => state === 'leader')?.address,
    nodes,
  };
};

const textOf = ({ host, port }: Address): string => `${host}:${port}`;

const membersOf = async (channels: ChannelFactory, { sleep, timeoutMs }: InspectOptions): Promise<ClusterNode[]> => {
  const asked = channels.settings.seeds.map((seed) => gossipOf(channels, seed, { sleep, timeoutMs }));
  try {
    return await Promise.any(asked);
  } catch {
    return [];
  }
};

const inspectNode = async (
  channels: ChannelFactory,
  { sleep, timeoutMs, nowMs }: InspectOptions,
  address: Address,
  member: ClusterNode | undefined,
): Promise<NodeInspection> => {
  const client = channels.open(address);
  const state = member?.state ?? 'seed';
  const unknown = { version: undefined, methods: {}, appends: undefined, clockAheadMs: undefined, faults: [] };
  try {
    const info = await serverInfoOf(channels, client, { sleep, timeoutMs });
    return {
      address: textOf(address),
      state,
      error: undefined,
      version: info.version,
      methods: Object.fromEntries(info.methods),
      clockAheadMs: clockAhead(info.atMs, member?.timeMs, nowMs()),
      appends: hasSafeBatchAppend(info) ? 'batch' : 'classic',
      faults: faultsOf(info),
    };
  } catch (error) {
    return { address: textOf(address), state, error: failureOf(error).message, ...unknown };
  } finally {
    client.close();
  }
};

/** By the date of its answer (in whole seconds, so half a second is added); without one by its gossip, which may be older. */
const clockAhead = (
  answeredMs: number | undefined,
  gossipMs: number | undefined,
  nowMs: number,
): number | undefined => {
  const nodeMs = answeredMs === undefined ? gossipMs : answeredMs + 500;
  return nodeMs === undefined ? undefined : nodeMs - nowMs;
};

/** Major and minor version as one number; 0 where the server does not tell. */
const versionNumber = ({ version }: ServerInfo): number => {
  const [major = 0, minor = 0] = (version ?? '').split('.').map(Number);
  return major * 100 + minor;
};

const faultsOf = (info: ServerInfo): string[] => {
  const version = versionNumber(info);
  const faults: string[] = [];
  if (version < 2202)
    faults.push('no version or an old one told: classic appends, positions of events alone are trusted');
  if (!tellsCaughtUp(info)) {
    faults.push(
      'does not say when a subscription has caught up, and its checkpoints may skip an event: the head is compared, checkpoints are ignored',
    );
  }
  if (version < 2402) {
    faults.push(
      'drops a live subscription whose reader is slow or that an append of many events overruns: it is resumed at once',
    );
  }
  if (version >= 2410 && version <= 2500) {
    faults.push('some builds lose an event to a resume from the commit position alone: both positions are always kept');
  }
  faults.push('a subscription that resumes at a scavenged event skips the next one: that one is read first');
  faults.push('a stream named $$ ends the process: the name is refused before anything is sent');
  return faults;
};
