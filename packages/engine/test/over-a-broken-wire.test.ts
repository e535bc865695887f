import { afterEach, describe, expect, it } from '@jest/globals';
import { createGateway, type Gateway } from '@lapse/eventstoredb-gateway';
import {
  createGatewayWithFaults,
  createTcpProxy,
  notReady,
  type Fate,
  type Faults,
  type TcpProxy,
} from '@lapse/eventstoredb-gateway/testing';
import { follow, NO_STREAM, readWholeStream, type EventStore, type EventToAppend } from '@lapse/store';
import { adapterTo, embeddedLog, gatewayOver, sleep } from './lib/gateway-world.js';
import { cleanUp, eventId, seededRandom, until } from './lib/world.js';

const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
  await cleanUp();
});

const SEED = Number(process.env['LAPSE_SEED'] ?? 20);
const BACKOFF = { firstMs: 1, maxMs: 20 };

interface Wire {
  readonly log: EventStore;
  readonly gateway: Gateway;
  readonly proxy: TcpProxy;
  readonly adapter: EventStore;
}

/** An embedded log, its gateway, something between that breaks, and the store of an engine. */
const wire = async (faults?: Faults): Promise<Wire> => {
  const log = await embeddedLog();
  open.push(() => log.close());
  const options = gatewayOver(log);
  const gateway = await (faults === undefined ? createGateway(options) : createGatewayWithFaults(options, faults));
  open.push(() => gateway.close());
  const proxy = await createTcpProxy(gateway.address.port);
  open.push(() => proxy.close());
  const adapter = adapterTo(proxy.port);
  open.push(() => adapter.close());
  return { log, gateway, proxy, adapter };
};

const eventsFrom = (first: number, count: number): EventToAppend[] =>
  Array.from({ length: count }, (_, i) => ({
    id: eventId(first + i),
    type: 'said',
    contentType: 'application/json',
    data: Buffer.from(JSON.stringify({ number: first + i })),
    metadata: new Uint8Array(),
  }));

const idsIn = async (store: EventStore, stream: string): Promise<string[]> => {
  const ids: string[] = [];
  for await (const { id } of readWholeStream(store, stream)) ids.push(id);
  return ids;
};

const idsFrom = (count: number): string[] => eventsFrom(0, count).map(({ id }) => id);

describe('gateway and adapter over a wire that breaks', () => {
  it(`a hundred connections killed at random during a subscription: every event once and in order (seed ${SEED})`, async () => {
    const [events, kills] = [3_000, 100];
    const random = seededRandom(SEED);
    const { log, gateway, proxy, adapter } = await wire();
    const handled: string[] = [];
    const stop = new AbortController();
    const following = follow(adapter, {
      after: 'start',
      streamPrefixes: ['a'],
      pageSizeMax: 50,
      payloadOfKinds: [],
      onPage: (page) => {
        for (let i = 0; i < page.size; i += 1) handled.push(page.event(i).id);
      },
      backoff: BACKOFF,
      random,
      sleep,
      signal: stop.signal,
    });
    const write = async (): Promise<void> => {
      for (let first = 0; first < events; first += 10) {
        await log.append('a', eventsFrom(first, 10), first - 1);
        if (first % 100 === 0) await sleep(5);
      }
    };
    const kill = async (): Promise<void> => {
      for (let killed = 0; killed < kills;) {
        await sleep(Math.floor(random() * 25));
        if (proxy.connections() === 0) continue;
        killed += 1;
        if (random() < 0.5) proxy.cut();
        else proxy.cutAfterBytesFromServer(Math.ceil(random() * 20_000));
      }
      proxy.cutAfterBytesFromServer(Number.POSITIVE_INFINITY);
    };
    await Promise.all([write(), kill()]);
    await until(() => handled.length >= events);
    stop.abort();
    await following;
    expect(handled).toEqual(idsFrom(events));
    await adapter.close();
    await until(() => gateway.stats().readsOpen === 0);
  });

  it(`connections killed during appends: each append is told its end, and is in the log once (seed ${SEED})`, async () => {
    const appends = 50;
    const random = seededRandom(SEED);
    const { log, proxy, adapter } = await wire();
    for (let number = 0; number < appends; number += 1) {
      // Before it is sent, on its way, or in the middle of its answer.
      if (random() < 0.5) proxy.cutAfterBytesFromServer(Math.ceil(random() * 300));
      else void sleep(Math.floor(random() * 4)).then(() => proxy.cut());
      const answer = await adapter.append('a', eventsFrom(number * 3, 3), number === 0 ? NO_STREAM : number * 3 - 1);
      expect(answer).toMatchObject({ kind: 'appended', lastRevision: number * 3 + 2 });
    }
    expect(proxy.connectionsMade()).toBeGreaterThan(appends / 2);
    expect(await idsIn(log, 'a')).toEqual(idsFrom(appends * 3));
  });

  it(`answers dropped, delayed, doubled and refused at random: each append is in the log once, and read once (seed ${SEED})`, async () => {
    const appends = 50;
    const random = seededRandom(SEED);
    const fate = async (): Promise<Fate> => {
      const what = random();
      if (what < 0.2) await sleep(Math.floor(random() * 30));
      return what < 0.05 ? 'drop' : what > 0.9 ? 'twice' : 'send';
    };
    const { log, adapter } = await wire({
      beforeAppend: () => {
        if (random() < 0.1) throw notReady();
      },
      batchAnswer: fate,
    });
    const streams = ['a', 'b', 'c'];
    await Promise.all(
      streams.map(async (stream, lane) => {
        for (let number = 0; number < appends; number += 1) {
          const event = { ...eventsFrom(number, 1)[0]!, id: eventId(lane * 10_000 + number) };
          const answer = await adapter.append(stream, [event], number - 1);
          expect(answer).toMatchObject({ kind: 'appended', lastRevision: number });
        }
      }),
    );
    for (const [lane, stream] of streams.entries()) {
      const expected = Array.from({ length: appends }, (_, number) => eventId(lane * 10_000 + number));
      expect(await idsIn(log, stream)).toEqual(expected);
      expect(await idsIn(adapter, stream)).toEqual(expected);
    }
  });
});
