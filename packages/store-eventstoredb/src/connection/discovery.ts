import { StoreError } from '@lapse/store';
import { pause, within, type Ambient } from '../time.js';
import { failureOf, type Address } from '../wire/failure.js';
import type { ChannelFactory } from './channel.js';
import type { NodePreference } from './connection-string.js';
import { gossipOf, type ClusterNode } from './gossip.js';

/** The next seed is asked so long after the one before, without giving that one up: a frozen node costs this, not a timeout. */
const NEXT_SEED_AFTER_MS = 250;
const AVOIDED_MAX = 64;

const keyOf = ({ host, port }: Address): string => `${host}:${port}`;

/** Finds the node that a call should go to, and remembers for a while which ones have failed. */
export class Discovery {
  private readonly avoided = new Map<string, number>();

  constructor(
    private readonly channels: ChannelFactory,
    private readonly ambient: Ambient,
    private readonly avoidNodeMs: number,
  ) {}

  avoid(address: Address): void {
    if (this.avoided.size >= AVOIDED_MAX) this.avoided.clear();
    this.avoided.set(keyOf(address), this.ambient.nowMs() + this.avoidNodeMs);
  }

  isAvoided(address: Address): boolean {
    const until = this.avoided.get(keyOf(address));
    const leftMs = (until ?? 0) - this.ambient.nowMs();
    // A clock that was set back must not make the wait longer than it was meant to be.
    return until !== undefined && leftMs > 0 && leftMs <= this.avoidNodeMs;
  }

  /** Without gossip the only seed; else the best node by what the first seed that answers says. Throws `store-unavailable`. */
  async find(preference: NodePreference, signal: AbortSignal): Promise<Address> {
    const { seeds, gossip, discoverAttemptsMax, discoveryIntervalMs } = this.channels.settings;
    if (!gossip) return seeds[0]!;
    let why = 'no node is alive';
    for (let attempt = 0; attempt < discoverAttemptsMax && !signal.aborted; attempt += 1) {
      if (attempt > 0) await pause(this.ambient.sleep, discoveryIntervalMs, signal);
      try {
        const best = this.best(await this.askSeeds(), preference);
        if (best !== undefined) return best;
      } catch (error) {
        why = failureOf(error).message;
      }
    }
    throw new StoreError('store-unavailable', `no node found after ${discoverAttemptsMax} attempts: ${why}`);
  }

  /** What the cluster's living nodes are, by the first seed that answers with any. */
  async askSeeds(): Promise<ClusterNode[]> {
    const { sleep, random } = this.ambient;
    const { settings } = this.channels;
    const order = [...settings.seeds]
      .map((seed) => ({ seed, rank: (this.isAvoided(seed) ? 1 : 0) + random() }))
      .sort((a, b) => a.rank - b.rank);
    const asked: Promise<ClusterNode[]>[] = [];
    for (const { seed } of order) {
      asked.push(gossipOf(this.channels, seed, { sleep, timeoutMs: settings.gossipTimeoutMs }).then(alive));
      const answer = Promise.any(asked).catch(() => undefined);
      const nodes = await within(sleep, NEXT_SEED_AFTER_MS, answer, undefined);
      if (nodes !== undefined) return nodes;
    }
    return Promise.any(asked).catch((error: unknown) => {
      throw (error as AggregateError).errors[0];
    });
  }

  private best(nodes: readonly ClusterNode[], preference: NodePreference): Address | undefined {
    const rank = (node: ClusterNode): number =>
      (this.isAvoided(node.address) ? 0 : 4) + (isPreferred(node, preference) ? 2 : 0) + this.ambient.random();
    const usable = nodes.filter(({ state }) => state !== 'other').map((node) => ({ node, rank: rank(node) }));
    return usable.sort((a, b) => b.rank - a.rank)[0]?.node.address;
  }
}

const alive = (nodes: ClusterNode[]): ClusterNode[] => {
  const living = nodes.filter(({ isAlive }) => isAlive);
  if (living.length === 0) throw new Error('the node knows of no node that is alive');
  return living;
};

const isPreferred = ({ state }: ClusterNode, preference: NodePreference): boolean => {
  if (preference === 'random') return true;
  return state === (preference === 'readonlyreplica' ? 'read-only' : preference);
};
