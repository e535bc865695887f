import { ChannelFactory } from './connection/channel.js';
import { maskedConnectionString, parseConnectionString } from './connection/connection-string.js';
import { gossipOf, type ClusterNode } from './connection/gossip.js';
import { hasSafeBatchAppend, serverInfoOf } from './connection/server-info.js';
import { compareVersions, faultsOf, type KnownFault } from './known-faults.js';
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
  /** False where the other nodes take it for dead. */
  readonly isAlive: boolean;
  /** Undefined where the node does not tell: older than 21.10. */
  readonly version: string | undefined;
  /** `service/method`, each with its features. */
  readonly methods: Readonly<Record<string, readonly string[]>>;
  /** Where the node's clock stands against this machine's, to about a second. */
  readonly clockAheadMs: number | undefined;
  readonly appends: 'batch' | 'classic' | undefined;
  /** Who leads, by what this node knows. */
  readonly leader: string | undefined;
}

export interface Inspection {
  /** Without the password. */
  readonly connectionString: string;
  /** Those that the store would use: all of the cluster, or the one host that is named. */
  readonly nodes: readonly NodeInspection[];
  /** By what the nodes know: one, or none while there is an election, or several of a cluster that was cut apart. */
  readonly leaders: readonly string[];
  /** How many nodes the cluster says it has. */
  readonly clusterSize: number;
  /** Known faults of the oldest version among the nodes that answer, each with what the store does about it. */
  readonly faults: readonly KnownFault[];
}

/**
 * Asks every node that a store would use with this connection string what it is. Nothing is written. Never rejects for a node
 * that does not answer; throws `BadConnectionString` where there is nothing to ask.
 */
export const inspectEventStoreDb = async (options: InspectOptions): Promise<Inspection> => {
  const settings = parseConnectionString(options.connectionString);
  const channels = new ChannelFactory(settings);
  const members = await membersOf(channels, options);
  const known = new Set(members.map(({ address }) => textOf(address)));
  // The one host that is named is used as it is named, whatever it calls itself.
  const nodes = await Promise.all(
    settings.gossip
      ? [
          ...members.map((member) => inspectNode(channels, options, member.address, member)),
          ...settings.seeds
            .filter((seed) => !known.has(textOf(seed)))
            .map((seed) => inspectNode(channels, options, seed, undefined)),
        ]
      : settings.seeds.map((seed) => inspectNode(channels, options, seed, memberAt(members, seed))),
  );
  const answering = nodes.filter(({ error }) => error === undefined);
  return {
    connectionString: maskedConnectionString(options.connectionString),
    nodes,
    leaders: [...new Set(answering.flatMap(({ leader }) => leader ?? []))],
    clusterSize: members.length,
    faults: answering.length === 0 ? [] : faultsOf(oldestOf(answering.map(({ version }) => version))),
  };
};

const textOf = ({ host, port }: Address): string => `${host}:${port}`;

/** What the first seed that answers knows of the cluster, dead nodes too. */
const membersOf = async (channels: ChannelFactory, { sleep, timeoutMs }: InspectOptions): Promise<ClusterNode[]> => {
  const asked = channels.settings.seeds.map((seed) => gossipOf(channels, seed, { sleep, timeoutMs }));
  try {
    return await Promise.any(asked);
  } catch {
    return [];
  }
};

/** A node alone is itself, by whatever name it is called. */
const memberAt = (members: readonly ClusterNode[], address: Address): ClusterNode | undefined =>
  members.length === 1 ? members[0] : members.find((member) => textOf(member.address) === textOf(address));

const inspectNode = async (
  channels: ChannelFactory,
  { sleep, timeoutMs, nowMs }: InspectOptions,
  address: Address,
  member: ClusterNode | undefined,
): Promise<NodeInspection> => {
  const client = channels.open(address);
  const node = {
    address: textOf(address),
    state: member?.state ?? ('seed' as const),
    isAlive: member?.isAlive ?? true,
  };
  const unknown = { version: undefined, methods: {}, appends: undefined, clockAheadMs: undefined, leader: undefined };
  try {
    const info = await serverInfoOf(channels, client, { sleep, timeoutMs });
    const answeredMs = nowMs();
    const others = await gossipOf(channels, address, { sleep, timeoutMs }).catch(() => []);
    const itself = memberAt(others, address);
    const leader = others.find(({ state, isAlive }) => state === 'leader' && isAlive)?.address;
    return {
      ...node,
      state: itself?.state ?? node.state,
      error: undefined,
      version: info.version,
      methods: Object.fromEntries(info.methods),
      clockAheadMs: clockAhead(info.atMs, itself?.timeMs ?? member?.timeMs, answeredMs),
      appends: hasSafeBatchAppend(info) ? 'batch' : 'classic',
      leader: leader === undefined ? undefined : textOf(leader),
    };
  } catch (error) {
    return { ...node, error: failureOf(error).message, ...unknown };
  } finally {
    client.close();
  }
};

/** By the date of its answer (in whole seconds, so half a second is added); without one by its gossip, which may be old. */
const clockAhead = (
  answeredMs: number | undefined,
  gossipMs: number | undefined,
  nowMs: number,
): number | undefined => {
  const nodeMs = answeredMs === undefined ? gossipMs : answeredMs + 500;
  return nodeMs === undefined ? undefined : nodeMs - nowMs;
};

const oldestOf = (versions: readonly (string | undefined)[]): string | undefined =>
  versions.includes(undefined) ? undefined : (versions as string[]).toSorted(compareVersions)[0];
