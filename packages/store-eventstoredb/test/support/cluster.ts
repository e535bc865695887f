import { status } from '@grpc/grpc-js';
import type { EventStoreDbOptions } from '../../src/index.js';
import { openOver, type Opened } from './ambient.js';
import { FaultServer } from './fault-server.js';
import { NodeLog } from './log.js';

/** So short that a test of many troubles takes seconds. */
export const QUICK = {
  appendTryMs: 200,
  appendTotalMs: 10_000,
  readIdleMs: 200,
  readTotalMs: 10_000,
  subscribeMs: 500,
  silenceMs: 200,
  backoffFirstMs: 2,
  backoffMaxMs: 20,
  avoidNodeMs: 500,
};
/** Three nodes over one log, as a cluster looks from outside. */
export const withCluster = async (
  work: (cluster: Cluster) => Promise<void>,
  options: Partial<EventStoreDbOptions> = {},
): Promise<void> => {
  const log = new NodeLog();
  const nodes = await Promise.all([0, 1, 2].map(() => new FaultServer(log).start()));
  const cluster = new Cluster(nodes);
  cluster.lead(0);
  const { store, troubles } = openOver(`esdb://${nodes.map(({ address }) => address).join(',')}?tls=false`, {
    deadlines: QUICK,
    ...options,
  });
  cluster.store = store;
  cluster.troubles = troubles;
  try {
    await work(cluster);
  } finally {
    await store.close();
    await Promise.all(nodes.map((node) => node.stop()));
  }
};

export class Cluster {
  store!: Opened;
  troubles!: ReturnType<typeof openOver>['troubles'];
  leader = 0;

  constructor(readonly nodes: readonly FaultServer[]) {}

  get log(): NodeLog {
    return this.nodes[0]!.log;
  }

  /** Node `n` leads: gossip says so, and calls that need the leader are sent to it. */
  lead(n: number | undefined): void {
    this.leader = n ?? -1;
    const members = this.nodes.map((node, i) => ({
      host: '127.0.0.1',
      port: node.proxy.port,
      state: i === n ? ('leader' as const) : ('follower' as const),
    }));
    for (const [i, node] of this.nodes.entries()) {
      node.members = members;
      const leader = n === undefined ? undefined : this.nodes[n];
      const trailers: Record<string, string> =
        leader === undefined
          ? {}
          : {
              exception: 'not-leader',
              'leader-endpoint-host': '127.0.0.1',
              'leader-endpoint-port': String(leader.proxy.port),
            };
      const details = leader === undefined ? 'No leader info available in response' : 'Leader info available';
      const code = leader === undefined ? status.UNKNOWN : status.NOT_FOUND;
      node.switches.read = ({ metadata, isSubscription }) =>
        i !== n && !isSubscription && metadata.get('requires-leader')[0] === 'true'
          ? { kind: 'fail', afterMessages: 0, code, details, trailers }
          : { kind: 'serve' };
    }
  }
}
