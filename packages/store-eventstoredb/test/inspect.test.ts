import { describe, expect, it } from '@jest/globals';
import { inspectEventStoreDb } from '../src/index.js';
import { faultsOf } from '../src/known-faults.js';
import { openOver, sleep } from './support/ambient.js';
import { FaultServer, withServer } from './support/fault-server.js';

const inspect = (connectionString: string): ReturnType<typeof inspectEventStoreDb> =>
  inspectEventStoreDb({ connectionString, nowMs: () => Date.now(), sleep, timeoutMs: 500 });

describe('an inspection', () => {
  it('says of each node its state, version, features, clock, way of appending and known faults, and never the password', async () => {
    const [first, second] = await Promise.all([new FaultServer().start(), new FaultServer().start()]);
    const members = [first, second].map((node, i) => ({
      host: '127.0.0.1',
      port: node.proxy.port,
      state: i === 1 ? ('leader' as const) : ('follower' as const),
    }));
    first.members = members;
    second.members = members;
    second.version = '24.10.4';
    const found = await inspect(`esdb://me:s3cret@${first.address},${second.address}?tls=false`);
    expect(found).toMatchObject({ leaders: [second.address], clusterSize: 2 });
    expect(found.nodes.map(({ state, version, appends }) => [state, version, appends])).toEqual([
      ['follower', '23.10.6', 'batch'],
      ['leader', '24.10.4', 'batch'],
    ]);
    // Those of the oldest of them.
    expect(found.faults.map(({ fault }) => fault).join()).toContain('dropped when events come faster');
    expect(Math.abs(found.nodes[0]!.clockAheadMs!)).toBeLessThan(5000);
    expect(JSON.stringify(found)).not.toContain('s3cret');
    await Promise.all([first.stop(), second.stop()]);
  });

  it('says of a node that does not answer what it failed with, and of an old one that it tells nothing', () =>
    withServer(async (server) => {
      server.switches.gossip = () => 'never';
      server.switches.features = () => 12;
      const [old] = (await inspect(server.connectionString())).nodes;
      expect(old).toMatchObject({ state: 'seed', version: undefined, appends: 'classic', error: undefined });
      const [dead] = (await inspect('esdb://127.0.0.1:1?tls=false')).nodes;
      expect(dead).toMatchObject({ state: 'seed', appends: undefined });
      expect(dead!.error).toContain('ECONNREFUSED');
    }));

  it('names dead members, leaders that contradict each other, and the one host as it is named', async () => {
    const [first, second] = await Promise.all([new FaultServer().start(), new FaultServer().start()]);
    const member = ({ proxy }: FaultServer, state: 'leader' | 'follower'): (typeof first.members)[number] => ({
      host: '127.0.0.1',
      port: proxy.port,
      state,
    });
    const dead = { host: '127.0.0.1', port: 1, state: 'follower', isAlive: false } as const;
    first.members = [member(first, 'leader'), member(second, 'follower'), dead];
    second.members = [member(first, 'follower'), member(second, 'leader'), dead];
    const { leaders, nodes } = await inspect(`esdb://${first.address},${second.address}?tls=false`);
    expect(new Set(leaders)).toEqual(new Set([first.address, second.address]));
    expect(nodes.find(({ address }) => address === '127.0.0.1:1')).toMatchObject({ isAlive: false });
    const alone = await inspect(`esdb://localhost:${first.proxy.port}?tls=false`);
    expect(alone.nodes.map(({ address }) => address)).toEqual([`localhost:${first.proxy.port}`]);
    expect(alone.clusterSize).toBe(3);
    await Promise.all([first.stop(), second.stop()]);
  });
});

describe('the known faults of a server', () => {
  it.each([
    [undefined, 7],
    ['22.10.0', 5],
    ['23.10.6', 6],
    ['24.10.2', 4],
    ['25.1.0', 3],
  ])('%s has %i of them', (version, count) => {
    expect(faultsOf(version)).toHaveLength(count);
  });
});

describe('options', () => {
  it.each([
    [{ deadlines: { appendTryMs: 0 } }, /deadlines.appendTryMs/],
    [{ deadlines: { silenceMs: Number.NaN } }, /deadlines.silenceMs/],
    [{ deadlines: { readIdleMs: 2 ** 31 } }, /deadlines.readIdleMs/],
    [{ limits: { appendsInFlight: Number.POSITIVE_INFINITY } }, /limits.appendsInFlight/],
    [{ limits: { readsInFlight: 0.5 } }, /limits.readsInFlight/],
    [{ limits: { appendBytesMax: 17 * 1024 * 1024 } }, /limits.appendBytesMax/],
  ] as const)('that bound nothing are refused by name: %j', (options, why) => {
    expect(() => openOver('esdb://a', options)).toThrow(why);
  });
});
