import { setTimeout as sleepMs } from 'node:timers/promises';
import { EventStoreDBClient } from '@eventstore/db-client';
import { status } from '@grpc/grpc-js';
import { describe, expect, it } from '@jest/globals';
import { createTcpProxy, Failure, notReady, type TcpProxy } from '../src/testing/index.js';
import { all, batchOutcome, jsonEvents, newIds, said } from './support/appending.js';
import { until, withBench, type Bench } from './support/bench.js';
import { batchRequest, newId, rawClient } from './support/raw-client.js';
import { readInWords } from './support/reading.js';
import { Subscribed } from './support/subscribing.js';

const CREDENTIALS = { credentials: { username: 'a', password: 'b' } };

let keepAliveMs = 20_000;
const clientThrough = ({ port }: TcpProxy): EventStoreDBClient => {
  keepAliveMs += 1;
  return EventStoreDBClient.connectionString(`esdb://127.0.0.1:${port}?tls=false&keepAliveInterval=${keepAliveMs}`);
};

const throughProxy = async ({ gateway }: Bench, work: (proxy: TcpProxy) => Promise<void>): Promise<void> => {
  const proxy = await createTcpProxy(gateway.address.port);
  try {
    await work(proxy);
  } finally {
    await proxy.close();
  }
};

const idsIn = async ({ store }: Bench, stream: string): Promise<readonly string[]> => {
  const page = await store.readStream(stream, { maxCount: 10_000 });
  return page.kind === 'page' ? page.events.map(({ id }) => id) : [];
};

describe('the switches', () => {
  it('an answer that is dropped after the write: the client gives up, its retry is the append that it was', () => {
    let drops = 1;
    return withBench(
      async (bench) => {
        const events = jsonEvents(2);
        const append = (deadline: number): Promise<object> =>
          bench.client.appendToStream('a', events, { ...CREDENTIALS, expectedRevision: 'no_stream', deadline });
        await expect(append(2_000)).rejects.toMatchObject({ code: status.DEADLINE_EXCEEDED });
        expect(await append(30_000)).toMatchObject({ success: true, nextExpectedRevision: 1n });
        expect(await idsIn(bench, 'a')).toEqual(events.map(({ id }) => id));
      },
      { faults: { afterAppend: () => ((drops -= 1) >= 0 ? 'drop' : 'send') } },
    );
  });

  it('a failure before the write, of any code', () => {
    const failures = [notReady(), new Failure('internal', status.INTERNAL, 'torn')];
    return withBench(
      async (bench) => {
        const codes = [
          (await bench.raw.append('a', 'any', [{}])).error,
          (await bench.raw.append('a', 'any', [{}])).error,
        ];
        expect(codes).toMatchObject([{ code: status.UNAVAILABLE }, { code: status.INTERNAL }]);
        expect((await bench.raw.append('a', 'any', [{}])).error).toBeUndefined();
        expect((await idsIn(bench, 'a')).length).toBe(1);
      },
      {
        faults: {
          beforeAppend: () => {
            const failure = failures.shift();
            if (failure !== undefined) throw failure;
          },
        },
      },
    );
  });

  it('a batch answer twice, and answers that are held', () => {
    let letGo: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    return withBench(
      async ({ raw }) => {
        const call = raw.batch();
        const outcomes: object[] = [];
        call.on('data', (answer) => outcomes.push(batchOutcome(answer)));
        call.write(batchRequest({ id: newId(), stream: 'a', events: newIds(1).map(said) }));
        await sleepMs(50);
        expect(outcomes).toEqual([]);
        letGo();
        await until(() => outcomes.length === 2, 'two answers');
        expect(outcomes[0]).toEqual(outcomes[1]);
        call.end();
      },
      {
        faults: {
          batchAnswer: async () => {
            await held;
            return 'twice' as const;
          },
        },
      },
    );
  });

  it('events that are lost or doubled on their way', () =>
    withBench(
      async (bench) => {
        await bench.client.appendToStream('a', jsonEvents(3));
        expect((await readInWords(bench.raw, { stream: 'a', count: 9 })).words).toEqual(['a/0', 'a/2', 'a/2']);
      },
      {
        faults: {
          readAnswer: (answer) =>
            (['send', 'drop', 'twice'] as const)[Number(answer.getEvent()?.getEvent()?.getStreamRevision() ?? 0)]!,
        },
      },
    ));
});

describe('broken connections', () => {
  it('in the middle of an answer end the call and free what stood behind it', () =>
    withBench(async (bench) => {
      await bench.client.appendToStream('a', jsonEvents(2000));
      await throughProxy(bench, async (proxy) => {
        const client = clientThrough(proxy);
        proxy.cutAfterBytesFromServer(30_000);
        await expect(all(client.readStream('a'))).rejects.toThrow();
        await until(() => bench.gateway.stats().readsOpen === 0, 'no open read');
        expect((await all(client.readStream('a'))).length).toBe(2000);
        await client.dispose();
      });
    }));

  it('while held open deliver everything once they flow again', () =>
    withBench(async (bench) =>
      throughProxy(bench, async (proxy) => {
        const raw = rawClient(proxy.port);
        const subscribed = new Subscribed(raw, { all: true });
        await subscribed.hears('caught-up');
        proxy.hold();
        await bench.client.appendToStream('a', jsonEvents(100));
        await sleepMs(50);
        expect(subscribed.events.length).toBe(1);
        proxy.release();
        await subscribed.hears('a/99');
        raw.close();
      }),
    ));

  it('that say nothing any more are noticed, and what stood behind them is freed', () =>
    withBench(
      async (bench) =>
        throughProxy(bench, async (proxy) => {
          const raw = rawClient(proxy.port);
          const subscribed = new Subscribed(raw, { all: true });
          await subscribed.hears('caught-up');
          await sleepMs(400);
          expect(bench.gateway.stats().readsOpen).toBe(1);
          proxy.hold();
          await until(() => bench.gateway.stats().readsOpen === 0, 'no open read');
          proxy.release();
          raw.close();
        }),
      { limits: { keepAliveMs: 100, keepAliveTimeoutMs: 100 } },
    ));

  it('a hundred of them during a subscription: every event once and in order, for a client that resumes', async () => {
    const seed = Date.now() % 1_000_000;
    let state = seed;
    const random = (): number => (state = (state * 1_103_515_245 + 12_345) % 2 ** 31) / 2 ** 31;
    const KILLS = 100;
    // No faster than the kills: a client that has all of its events holds no connection that could be killed.
    const EVENTS_PER_KILL = 29;
    const TOTAL = KILLS * EVENTS_PER_KILL + 10;
    await withBench(async (bench) =>
      throughProxy(bench, async (proxy) => {
        const client = clientThrough(proxy);
        const handled: { revision: bigint; commit: bigint }[] = [];
        let position: { commit: bigint; prepare: bigint } | undefined;
        let isDone = false;
        const follow = async (): Promise<void> => {
          while (!isDone) {
            const subscription = client.subscribeToAll({
              fromPosition: position ?? 'start',
              filter: { filterOn: 'streamName', prefixes: ['a'], checkpointInterval: 1 },
            });
            try {
              for await (const { event } of subscription) {
                handled.push({ revision: event!.revision, commit: event!.position.commit });
                position = event!.position!;
                if (handled.length === TOTAL) {
                  isDone = true;
                  return;
                }
              }
            } catch {
              await sleepMs(1);
            } finally {
              await subscription.unsubscribe().catch(() => undefined);
            }
          }
        };
        let kills = 0;
        const write = async (): Promise<void> => {
          for (let i = 0; i < TOTAL; i += 10) {
            while (kills < Math.floor(i / EVENTS_PER_KILL)) await sleepMs(1);
            await bench.client.appendToStream('a', jsonEvents(10));
          }
        };
        const kill = async (): Promise<void> => {
          while (kills < KILLS) {
            await sleepMs(Math.floor(random() * 25));
            if (proxy.connections() === 0) continue;
            kills += 1;
            if (random() < 0.5) proxy.cut();
            else proxy.cutAfterBytesFromServer(Math.ceil(random() * 20_000));
          }
          proxy.cutAfterBytesFromServer(Number.POSITIVE_INFINITY);
        };
        const following = follow();
        await Promise.all([write(), kill()]);
        await until(() => isDone, `all events (seed ${seed}); ${handled.length} handled, ${kills} kills`);
        await following;
        expect(handled.map(({ revision }) => Number(revision))).toEqual(Array.from({ length: TOTAL }, (_, i) => i));
        expect(kills).toBe(KILLS);
        await client.dispose();
        await until(() => bench.gateway.stats().readsOpen === 0, 'no open read');
      }),
    );
  });

  it('a hundred of them during appends: every event once, for a client that retries at its revision', async () => {
    const seed = Date.now() % 1_000_000;
    let state = seed;
    const random = (): number => (state = (state * 1_103_515_245 + 12_345) % 2 ** 31) / 2 ** 31;
    await withBench(async (bench) =>
      throughProxy(bench, async (proxy) => {
        const client = clientThrough(proxy);
        const written: string[] = [];
        let isDone = false;
        const kill = async (): Promise<void> => {
          for (let i = 0; i < 100; i += 1) {
            await sleepMs(Math.floor(random() * 15));
            proxy.cut();
          }
          isDone = true;
        };
        const killing = kill();
        while (!isDone) {
          const events = jsonEvents(3);
          const expectedRevision = written.length === 0 ? 'no_stream' : BigInt(written.length - 1);
          for (let tries = 0; ; tries += 1) {
            try {
              await client.appendToStream('a', events, { ...CREDENTIALS, expectedRevision, deadline: 2000 });
              break;
            } catch (error) {
              if (tries > 200 || (error as { type?: string }).type === 'wrong-expected-version') {
                throw new Error(`seed ${seed}`, { cause: error });
              }
              await sleepMs(1);
            }
          }
          written.push(...events.map(({ id }) => id));
        }
        await killing;
        expect(await idsIn(bench, 'a')).toEqual(written);
        await client.dispose();
      }),
    );
  });
});
