import type { ClusterInfo, MemberInfo as Member } from '@eventstore/db-client/generated/gossip_pb.js';
import type { Sleep } from '../time.js';
import type { Address } from '../wire/failure.js';
import type { ChannelFactory } from './channel.js';
import { Empty, GossipService, MemberInfo } from './generated.js';
import { unaryCall } from './unary.js';

export type NodeState = 'leader' | 'follower' | 'read-only' | 'other';

export interface ClusterNode {
  readonly address: Address;
  readonly state: NodeState;
  readonly isAlive: boolean;
  /** The node's own clock when it spoke last. */
  readonly timeMs: number;
}

const TICKS_PER_MS = 10_000n;

/** Asks one node who is in the cluster. Rejects with the call's error. */
export const gossipOf = async (
  channels: ChannelFactory,
  seed: Address,
  limit: { readonly sleep: Sleep; readonly timeoutMs: number },
): Promise<ClusterNode[]> => {
  const client = channels.open(seed);
  try {
    return nodesOf(await unaryCall(client, GossipService.read, new Empty(), channels.metadata(false), limit));
  } finally {
    client.close();
  }
};

const nodesOf = (info: ClusterInfo): ClusterNode[] =>
  info.getMembersList().flatMap((member) => {
    const endPoint = member.getHttpEndPoint();
    if (endPoint === undefined) return [];
    const address = { host: endPoint.getAddress(), port: endPoint.getPort() };
    const timeMs = Number(BigInt(member.getTimeStamp()) / TICKS_PER_MS);
    return [{ address, state: stateOf(member), isAlive: member.getIsAlive(), timeMs }];
  });

const stateOf = (member: Member): NodeState => {
  const { VNodeState } = MemberInfo;
  switch (member.getState()) {
    case VNodeState.LEADER:
      return 'leader';
    case VNodeState.FOLLOWER:
      return 'follower';
    case VNodeState.READONLYREPLICA:
    case VNodeState.PREREADONLYREPLICA:
    case VNodeState.READONLYLEADERLESS:
      return 'read-only';
    default:
      return 'other';
  }
};
