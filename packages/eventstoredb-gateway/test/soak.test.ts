import { setTimeout as sleepMs } from 'node:timers/promises';
import { describe, it } from '@jest/globals';
import { jsonEvents } from './support/appending.js';
import { until, withBench } from './support/bench.js';
import { readRequestOf, type ReadWish } from './support/reading.js';

describe('reads that are left early', () => {
  it('a thousand of them leave no open call', () =>
    withBench(async ({ client, gateway }) => {
      await client.appendToStream('a', jsonEvents(500));
      const leave = async (i: number): Promise<void> => {
        const read =
          i % 4 === 0
            ? client.readStream('a')
            : i % 4 === 1
              ? client.readAll()
              : i % 4 === 2
                ? client.subscribeToAll()
                : client.subscribeToStream('a');
        for await (const _event of read) break;
        if ('cancel' in read) await read.cancel();
        else await read.unsubscribe();
      };
      for (let i = 0; i < 1000; i += 20) await Promise.all(Array.from({ length: 20 }, (_, k) => leave(i + k)));
      await until(() => gateway.stats().readsOpen === 0, `no open read, not ${gateway.stats().readsOpen}`);
    }));

  it('at once, within their first page, live, or while nobody reads them: each frees its place', () =>
    withBench(async ({ client, raw, gateway }) => {
      await client.appendToStream('a', jsonEvents(5000));
      const wishes: ReadWish[] = [
        { all: true, count: 10_000 },
        { stream: 'a', count: 10_000, backwards: true },
        { all: true, subscribe: true },
        { stream: 'a', subscribe: true },
        { stream: 'missing', subscribe: true },
        { all: true, subscribe: true, filter: { on: 'type', regex: 'nothing' } },
      ];
      for (const wish of wishes) {
        for (const afterMs of [0, 1, 30]) {
          const call = raw.streams['read']!(readRequestOf(wish));
          call.on('error', () => undefined);
          if (afterMs === 1) call.on('data', () => undefined);
          await sleepMs(afterMs);
          call.cancel();
        }
      }
      await until(() => gateway.stats().readsOpen === 0, 'no open read');
    }));
});
