import { setMaxListeners } from 'node:events';
import { status } from '@grpc/grpc-js';
import { describe, expect, it } from '@jest/globals';
import { NO_STREAM } from '@lapse/store';
import { openOver } from './support/ambient.js';
import { QUICK } from './support/cluster.js';
import { codeOf, event, events, until, wholeStream } from './support/events.js';
import { withServer } from './support/fault-server.js';
import { storeWith } from './support/with-store.js';

const withStore = storeWith({ deadlines: QUICK });

describe('a node that is down', () => {
  it('fails every call with a code within its time, and is used as soon as it is there, by the same store', () =>
    withStore(
      async ({ server, store }) => {
        server.stopServer();
        await expect(codeOf(store.append('s', events(1), NO_STREAM))).resolves.toBe('store-unavailable');
        await expect(codeOf(store.readStream('s'))).resolves.toBe('store-unavailable');
        await expect(codeOf(store.readAll({ after: 'start' }))).resolves.toBe('store-unavailable');
        await expect(codeOf(store.headPosition())).resolves.toBe('store-unavailable');
        await expect(codeOf(store.identity())).resolves.toBe('store-unavailable');
        await expect(codeOf(store.subscribe({ after: 'start' }).next())).resolves.toBe('store-unavailable');
        await server.startServer();
        await expect(store.append('s', events(1), NO_STREAM)).resolves.toMatchObject({ kind: 'appended' });
        expect(await store.identity()).toBe(await store.identity());
      },
      { deadlines: { ...QUICK, appendTotalMs: 300, readTotalMs: 300 } },
    ));

  it('and comes back among appends: nothing is lost and nothing is doubled', () =>
    withStore(async ({ server, store }) => {
      let acknowledged = 0;
      const writers = Array.from({ length: 10 }, async (_, w) => {
        for (let i = 0; i < 40; i += 1) {
          const result = await store.append(`s-${w}`, [event()], i - 1);
          expect(result).toMatchObject({ kind: 'appended', lastRevision: i });
          acknowledged += 1;
        }
      });
      for (let restarts = 0; restarts < 5; restarts += 1) {
        const before = acknowledged;
        await until('appends went on', () => acknowledged >= before + 20 || acknowledged === 400);
        await server.restart(30);
      }
      await Promise.all(writers);
      expect(server.log.records).toHaveLength(400);
    }));
});

describe('a connection that carries nothing any more', () => {
  it('is replaced by a new one after two deadlines in a row, for appends and for reads', () =>
    withStore(async ({ server, store, troubles }) => {
      await store.append('s', events(1), NO_STREAM);
      await store.readStream('s');
      const { accepted } = server.proxy;
      server.proxy.freezeExisting();
      await expect(store.append('s', events(1), 0)).resolves.toMatchObject({ kind: 'appended', lastRevision: 1 });
      expect(await wholeStream(store, 's')).toHaveLength(2);
      expect(server.proxy.accepted).toBeGreaterThan(accepted);
      expect(troubles.map(({ kind }) => kind)).toContain('connection-replaced');
    }));

  it('is noticed by keepalive within its interval and timeout, so that a subscription on it ends', () =>
    withStore(
      async ({ server, store }) => {
        await store.append('s', events(1), NO_STREAM);
        const subscription = store.subscribe({ after: 'start' });
        await subscription.next();
        await subscription.next();
        server.proxy.freezeExisting();
        await expect(codeOf(subscription.next())).resolves.toBe('store-unavailable');
      },
      { strings: '&keepAliveInterval=100&keepAliveTimeout=100', deadlines: { ...QUICK, silenceMs: 60_000 } },
    ));
});

describe('the question what the server can do', () => {
  it.each([status.INTERNAL, status.UNAVAILABLE, status.UNKNOWN])(
    'answered once with status %i does not make later appends fail: no bad answer is kept',
    (code) =>
      withStore(async ({ server, store }) => {
        let asked = 0;
        server.switches.features = () => ((asked += 1) === 1 ? code : 0);
        await expect(store.append('s', events(1), NO_STREAM)).resolves.toMatchObject({ kind: 'appended' });
        expect(server.counts.batchAppends).toBe(1);
      }),
  );

  it('that the server does not know means classic appends', () =>
    withStore(async ({ server, store }) => {
      server.switches.features = () => status.UNIMPLEMENTED;
      await expect(store.append('s', events(1), NO_STREAM)).resolves.toMatchObject({ kind: 'appended' });
      expect(server.counts).toMatchObject({ classicAppends: 1, batchCalls: 0 });
    }));
});

describe('many subscriptions', () => {
  it('200 of them leave appends alone: those have their own connection, and none is tried twice', () =>
    withStore(
      async ({ store, server, troubles }) => {
        const stop = new AbortController();
        setMaxListeners(0, stop.signal);
        let caughtUp = 0;
        let seen = 0;
        const subscriptions = Array.from({ length: 200 }, async () => {
          for await (const message of store.subscribe({ after: 'start', signal: stop.signal })) {
            if (message.kind === 'caught-up') caughtUp += 1;
            else seen += message.page.size;
          }
        });
        await until('all have caught up', () => caughtUp >= 200);
        for (let i = 0; i < 20; i += 1) {
          await expect(store.append('s', events(1), i - 1)).resolves.toMatchObject({ lastRevision: i });
        }
        await until('every subscription has seen every event', () => seen >= 200 * 20);
        expect(troubles).toEqual([]);
        // Writes, reads at the leader, and three for 200 subscriptions of which a connection carries 80.
        expect(server.proxy.accepted).toBeLessThanOrEqual(6);
        stop.abort();
        await Promise.all(subscriptions);
        await until('no call is open', () => server.reads.open === 0);
      },
      { deadlines: { ...QUICK, appendTryMs: 5000, subscribeMs: 20_000, silenceMs: 60_000 } },
    ));

  it('more than the connections carry are refused as busy', () =>
    withStore(
      async ({ store }) => {
        const first = store.subscribe({ after: 'start' });
        await first.next();
        await expect(codeOf(store.subscribe({ after: 'start' }).next())).resolves.toBe('store-busy');
        await first.return();
        await expect(store.subscribe({ after: 'start' }).next()).resolves.toMatchObject({ done: false });
      },
      { limits: { subscriptionsPerConnection: 1, subscriptionConnections: 1 } },
    ));
});

describe('closing', () => {
  it('settles everything in flight and leaves no connection open', () =>
    withServer(async (server) => {
      const { store } = openOver(server.connectionString(), { deadlines: QUICK });
      await store.append('s', events(5), NO_STREAM);
      server.switches.append = () => ({ kind: 'silent', written: false });
      server.switches.read = () => ({ kind: 'silent', afterMessages: 0 });
      const waiting = [
        codeOf(store.append('a', events(1), NO_STREAM)),
        codeOf(store.append('a', events(1), 0)),
        codeOf(store.readStream('s')),
        codeOf(store.readAll({ after: 'start' })),
        codeOf(store.subscribe({ after: 'start' }).next()),
      ];
      await until('all are on their way', () => server.reads.open >= 3);
      await store.close();
      expect(await Promise.all(waiting)).toEqual([
        'append-ambiguous',
        'store-closed',
        'store-closed',
        'store-closed',
        'store-closed',
      ]);
      await until('no connection is open', () => server.proxy.open === 0);
    }));

  it('a store that was never used, or whose server is down, takes no time', async () => {
    const { store } = openOver('esdb://127.0.0.1:1?tls=false');
    await store.close();
    const { store: another } = openOver('esdb://127.0.0.1:1?tls=false', { deadlines: QUICK });
    const refused = codeOf(another.append('s', events(1), NO_STREAM));
    await another.close();
    expect(['store-closed', 'store-unavailable']).toContain(await refused);
  });
});
