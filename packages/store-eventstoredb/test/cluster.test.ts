import { setTimeout as wait } from 'node:timers/promises';
import { status } from '@grpc/grpc-js';
import { describe, expect, it } from '@jest/globals';
import { NO_STREAM } from '@lapse/store';
import { QUICK, withCluster } from './support/cluster.js';
import { codeOf, events, idsOf, until } from './support/events.js';
import { SERVE } from './support/fates.js';
import type { FaultServer } from './support/fault-server.js';
import { Follower } from './support/follower.js';

describe('a cluster', () => {
  it('is asked by gossip who leads, and the leader is used; a seed that is dead or frozen costs no call', () =>
    withCluster(async ({ store, nodes }) => {
      nodes[1]!.stopServer();
      nodes[2]!.proxy.freeze();
      for (let i = 0; i < 5; i += 1) {
        await expect(store.append('s', events(1), i - 1)).resolves.toMatchObject({ lastRevision: i });
      }
      expect(nodes[0]!.counts.batchAppends).toBe(5);
    }));

  it('with another leader after each append loses and doubles nothing: appends, reads and a subscription move along', () =>
    withCluster(async (cluster) => {
      const { store, log } = cluster;
      const follower = new Follower(store, { backoff: { firstMs: 1, maxMs: 10 } });
      for (let i = 0; i < 20; i += 1) {
        cluster.lead(i % 3);
        await expect(store.append('s', events(1), i - 1)).resolves.toMatchObject({ lastRevision: i });
        await expect(store.readStream('s', { direction: 'backwards', maxCount: 1 })).resolves.toMatchObject({
          events: [{ revision: i }],
        });
      }
      await until('the subscription has seen all', () => follower.ids.length >= 20);
      await follower.stop();
      expect(follower.ids).toEqual(idsOf(log.records));
    }));

  it('whose nodes refuse appends because another leads: the named leader is asked at once', () =>
    withCluster(async (cluster) => {
      const [first, second] = cluster.nodes as [FaultServer, FaultServer];
      const trailers = {
        exception: 'not-leader',
        'leader-endpoint-host': '127.0.0.1',
        'leader-endpoint-port': String(second.proxy.port),
      };
      first.switches.append = () => ({ kind: 'fail', written: false, code: status.NOT_FOUND, trailers });
      await expect(cluster.store.append('s', events(3), NO_STREAM)).resolves.toMatchObject({ lastRevision: 2 });
      expect(second.counts.batchAppends).toBe(1);
    }));

  it('a subscription that is silent while the leader has more is opened again on another node', () =>
    withCluster(async (cluster) => {
      const { store, nodes, troubles } = cluster;
      await store.append('s', events(2), NO_STREAM);
      const follower = new Follower(store, { backoff: { firstMs: 1, maxMs: 10 } });
      await until('it has caught up', () => follower.caughtUpAt.length > 0);
      // The node keeps its connections open and delivers nothing; another leads now.
      nodes[0]!.proxy.freeze();
      cluster.lead(1);
      await store.append('s', events(3), 1);
      await until('the rest has come', () => follower.ids.length === 5);
      await follower.stop();
      expect(troubles.some(({ kind }) => kind === 'subscription-silent' || kind === 'connection-replaced')).toBe(true);
    }));

  it('without a majority serves reads and fails appends by a code within their time', () =>
    withCluster(
      async (cluster) => {
        const { store, nodes } = cluster;
        await store.append('s', events(2), NO_STREAM);
        for (const node of nodes.slice(1)) node.stopServer();
        nodes[0]!.switches.append = () => ({ kind: 'answer', type: 'Empty', message: 'Server Is Not Ready' });
        await expect(codeOf(store.append('s', events(1), 1))).resolves.toBe('append-ambiguous');
        expect((await store.readAll({ after: 'start' })).size).toBe(2);
        nodes[0]!.switches.append = () => SERVE;
        await expect(store.append('s', events(1), 1)).resolves.toMatchObject({ lastRevision: 2 });
      },
      { deadlines: { ...QUICK, appendTotalMs: 500 } },
    ));

  it('of which nobody answers fails typed: no node found', () =>
    withCluster(
      async ({ store, nodes, troubles }) => {
        for (const node of nodes) node.stopServer();
        await expect(codeOf(store.append('s', events(1), NO_STREAM))).resolves.toBe('store-unavailable');
        await expect(codeOf(store.readStream('s'))).resolves.toBe('store-unavailable');
        expect(troubles.map(({ kind }) => kind)).toContain('no-node-found');
      },
      { deadlines: { ...QUICK, appendTotalMs: 500, readTotalMs: 500 } },
    ));
});

describe('a follower that never passes an append on', () => {
  it('does not hold it for long: after two deadlines another node is asked, with the same ids', () =>
    withCluster(async (cluster) => {
      const { store, nodes } = cluster;
      cluster.lead(undefined);
      for (const node of nodes) node.switches.append = () => ({ kind: 'silent', written: false });
      const appending = store.append('s', events(2), NO_STREAM);
      await wait(300);
      cluster.lead(2);
      nodes[2]!.switches.append = () => SERVE;
      await expect(appending).resolves.toMatchObject({ kind: 'appended', lastRevision: 1 });
      expect(cluster.log.records).toHaveLength(2);
    }));
});
