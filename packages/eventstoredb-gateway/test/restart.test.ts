import { setTimeout as sleepMs } from 'node:timers/promises';
import { binaryEvent, EventStoreDBClient } from '@eventstore/db-client';
import { status } from '@grpc/grpc-js';
import { describe, expect, it } from '@jest/globals';
import { createGateway } from '../src/index.js';
import { createTcpProxy } from '../src/testing/index.js';
import { jsonEvents } from './support/appending.js';
import { gatewayOptions, memoryStore, until, withBench } from './support/bench.js';
import { Subscribed } from './support/subscribing.js';

describe('closing', () => {
  it('ends reads and batch calls with UNAVAILABLE, frees the port, leaves the store open, and may be said twice', () =>
    withBench(async ({ raw, gateway, store }) => {
      const subscribed = new Subscribed(raw, { all: true });
      await subscribed.hears('caught-up');
      const call = raw.batch();
      const ended = new Promise((resolve) => call.once('error', resolve));
      await until(() => gateway.stats().batchCallsOpen === 1, 'an open batch call');
      await Promise.all([gateway.close(), gateway.close()]);
      expect(await subscribed.ends()).toMatchObject({ code: status.UNAVAILABLE });
      expect(await ended).toMatchObject({ code: status.UNAVAILABLE });
      expect(await store.headPosition()).toBe('1');
      const again = await createGateway({ ...gatewayOptions(store), port: gateway.address.port });
      expect(again.address).toEqual(gateway.address);
      await again.close();
    }));

  it('waits for appends that are with the store and answers them', async () => {
    const inner = memoryStore();
    let letGo: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    const store = Object.assign(Object.create(inner) as typeof inner, {
      append: async (...args: Parameters<typeof inner.append>) => {
        if (args[0] === 'a') await gate;
        return inner.append(...args);
      },
    });
    await withBench(
      async ({ raw, gateway }) => {
        const appended = raw.append('a', 'no_stream', [{}]);
        await until(() => gateway.stats().appendsInFlight === 1, 'an append in flight');
        const closed = gateway.close();
        expect((await raw.append('b', 'no_stream', [{}])).error).toMatchObject({ code: status.UNAVAILABLE });
        letGo();
        expect((await appended).error).toBeUndefined();
        await closed;
      },
      { store },
    );
  });

  it('does not wait for a client that has stopped reading', () =>
    withBench(async ({ client, raw, gateway }) => {
      const data = new Uint8Array(100_000);
      for (let i = 0; i < 3; i += 1) {
        await client.appendToStream(
          'a',
          Array.from({ length: 10 }, () => binaryEvent({ type: 'said', data })),
        );
      }
      const stopped = new Subscribed(raw, { all: true });
      await stopped.hears('confirmed');
      stopped.pause();
      const port = gateway.address.port;
      await gateway.close();
      expect(gateway.stats()).toEqual({ readsOpen: 0, batchCallsOpen: 0, appendsInFlight: 0, waitingBytes: 0 });
      await expect(fetch(`http://127.0.0.1:${port}`)).rejects.toThrow();
    }));

  it('a port that is taken is an error, not a hang', () =>
    withBench(async ({ gateway, store }) => {
      await expect(createGateway({ ...gatewayOptions(store), port: gateway.address.port })).rejects.toThrow();
    }));
});

describe('restarts in the middle of appends', () => {
  it('lose and double nothing, for a client that retries the same ids at the same revision', async () => {
    const store = memoryStore();
    let gateway = await createGateway(gatewayOptions(store));
    const proxy = await createTcpProxy(gateway.address.port);
    let keepAliveMs = 30_000;
    const connect = (): EventStoreDBClient => {
      keepAliveMs += 1;
      return EventStoreDBClient.connectionString(
        `esdb://127.0.0.1:${proxy.port}?tls=false&keepAliveInterval=${keepAliveMs}`,
      );
    };
    const clients = Array.from({ length: 8 }, connect);
    const expected = new Map<string, string[]>();
    let isDone = false;
    const write = async (client: EventStoreDBClient, stream: string): Promise<void> => {
      const written: string[] = [];
      expected.set(stream, written);
      while (!isDone) {
        const events = jsonEvents(2);
        const expectedRevision = written.length === 0 ? ('no_stream' as const) : BigInt(written.length - 1);
        const credentials = { username: 'a', password: 'b' };
        for (let tries = 0; tries < 500; tries += 1) {
          const result = await client
            .appendToStream(stream, events, { credentials, expectedRevision, deadline: 1000 })
            .catch((error: { type?: string }) => {
              if (error.type === 'wrong-expected-version') throw new Error(stream, { cause: error });
            });
          if (result !== undefined) break;
          await sleepMs(2);
        }
        written.push(...events.map(({ id }) => id));
      }
    };
    const writing = clients.map((client, i) => write(client, `s${i}`));
    for (let restarts = 0; restarts < 10; restarts += 1) {
      await sleepMs(40);
      // Half of the restarts break the connections first, as a kill does; the others end them in order.
      if (restarts % 2 === 0) proxy.cut();
      await gateway.close();
      gateway = await createGateway(gatewayOptions(store));
      proxy.retarget(gateway.address.port);
    }
    isDone = true;
    await Promise.all(writing);
    for (const [stream, ids] of expected) {
      const page = await store.readStream(stream, { maxCount: 10_000 });
      expect(page.kind === 'page' && page.events.map(({ id }) => id)).toEqual(ids);
    }
    for (const client of clients) await client.dispose();
    await proxy.close();
    await gateway.close();
  });
});
