import { setTimeout as sleepMs } from 'node:timers/promises';
import { binaryEvent } from '@eventstore/db-client';
import type { ServiceError } from '@grpc/grpc-js';
import { describe, expect, it } from '@jest/globals';
import type { ReadResp } from '../src/wire/messages.js';
import { newIds, said } from './support/appending.js';
import { memoryStore, until, withBench, type Bench } from './support/bench.js';
import { countingStore } from './support/counting-store.js';
import { batchRequest, newId, rawClient } from './support/raw-client.js';
import { readRequestOf, type ReadWish } from './support/reading.js';
import { Subscribed } from './support/subscribing.js';

const EVENTS = 3000;

/** Events of 4 kB in one stream. */
const fill = async ({ client }: Bench, count: number): Promise<void> => {
  const data = new Uint8Array(4096);
  for (let i = 0; i < count; i += 250) {
    await client.appendToStream(
      'a',
      Array.from({ length: 250 }, () => binaryEvent({ type: 'said', data })),
    );
  }
};

/** The number once it has not changed for a while. */
const settled = async (number: () => number): Promise<number> => {
  let before = -1;
  await until(async () => {
    const same = number() === before;
    before = number();
    if (!same) await sleepMs(100);
    return same;
  }, 'a number that stays');
  return before;
};

describe('a client that stops reading', () => {
  it.each<[string, ReadWish]>([
    ['the whole log', { all: true, count: 100_000 }],
    ['the whole log backwards', { all: true, count: 100_000, backwards: true }],
    ['a stream', { stream: 'a', count: 100_000 }],
    ['a stream backwards', { stream: 'a', count: 100_000, backwards: true }],
    ['a subscription to the log', { all: true, subscribe: true }],
    ['a subscription to a stream', { stream: 'a', subscribe: true }],
  ])('stops the reading of %s from the store, and goes on where it was', (_what, wish) => {
    const counted = countingStore(memoryStore());
    return withBench(
      async (bench) => {
        await fill(bench, EVENTS);
        const before = counted.eventsRead();
        const call = bench.raw.streams['read']!(readRequestOf(wish));
        let received = 0;
        call.on('data', (answer: ReadResp) => {
          if (!answer.hasEvent()) return;
          received += 1;
          if (received === 50) call.pause();
        });
        call.on('error', (_error: ServiceError) => undefined);
        await until(() => received === 50, '50 events');
        const readWhileStopped = (await settled(counted.eventsRead)) - before;
        expect(received).toBe(50);
        expect(readWhileStopped).toBeLessThan(1500);
        call.resume();
        await until(() => received >= EVENTS, 'the rest');
        expect(received).toBeLessThanOrEqual(EVENTS + 1);
        call.cancel();
      },
      { store: counted.store },
    );
  });

  it('live, goes back to catching up and misses nothing, where a node drops it (row 22)', () =>
    withBench(async (bench) => {
      const all = new Subscribed(bench.raw, { all: true });
      const one = new Subscribed(bench.raw, { stream: 'a' });
      await all.hears('caught-up');
      await one.hears('confirmed');
      all.pause();
      one.pause();
      await fill(bench, 2000);
      all.resume();
      one.resume();
      const expected = Array.from({ length: 2000 }, (_, i) => `a/${i}`);
      await all.hears('a/1999');
      await one.hears('a/1999');
      expect(all.events.slice(1)).toEqual(expected);
      expect(one.events).toEqual(expected);
      expect([all.error, one.error]).toEqual([undefined, undefined]);
      expect(all.words.filter((word) => word === 'caught-up').length).toBe(1);
    }));

  it('does not hold up others', () =>
    withBench(async (bench) => {
      await fill(bench, 2000);
      const stopped = new Subscribed(bench.raw, { all: true });
      await stopped.hears('confirmed');
      stopped.pause();
      const other = new Subscribed(bench.raw, { all: true });
      await other.hears('a/1999');
      await bench.raw.append('b', 'any', [{}]);
      await other.hears('b/0');
    }));
});

describe('a client that appends faster than the store', () => {
  it('is not read from while too much waits, and every append is answered', () => {
    const inner = memoryStore();
    let letGo: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    const slow = {
      ...countingStore(inner).store,
      append: async (...args: Parameters<typeof inner.append>) => {
        if (args[0].startsWith('a')) await gate;
        return inner.append(...args);
      },
    };
    return withBench(
      async ({ raw, gateway }) => {
        const call = raw.batch();
        let answers = 0;
        call.on('data', () => (answers += 1));
        for (let i = 0; i < 500; i += 1) {
          const events = newIds(1).map((id) => ({ ...said(id), data: new Uint8Array(4096) }));
          call.write(batchRequest({ id: newId(), stream: `a${i}`, events }));
        }
        await until(() => gateway.stats().appendsInFlight >= 20, 'appends in flight');
        await sleepMs(100);
        const { appendsInFlight, waitingBytes } = gateway.stats();
        expect(appendsInFlight).toBeLessThanOrEqual(21);
        expect(waitingBytes).toBeLessThan(30 * 5000);
        // The classic append cannot be held up without holding up its connection: it is told to come back.
        expect((await raw.append('b', 'any', [{}])).error).toMatchObject({ details: 'Server Is Too Busy' });
        letGo();
        await until(() => answers === 500, 'all answers');
        await until(() => gateway.stats().waitingBytes === 0, 'nothing waiting');
        call.end();
      },
      { store: slow, limits: { appendsInFlightMax: 20, writeTimeoutMs: 20_000 } },
    );
  });

  it('an append that the store does not answer in time is timed out, and its place stays taken until it does', () => {
    const inner = memoryStore();
    let isStuck = false;
    let letGo: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    const stuck = {
      ...countingStore(inner).store,
      append: async (...args: Parameters<typeof inner.append>) => {
        if (isStuck) await gate;
        return inner.append(...args);
      },
    };
    return withBench(
      async ({ client, raw, gateway }) => {
        // Writers to a soft-deleted stream go one by one.
        await raw.append('a', 'any', [{}]);
        await client.deleteStream('a');
        isStuck = true;
        const [id] = newIds(1) as [string];
        const first = await raw.append('a', 'any', [said(id)]);
        expect(first.error).toMatchObject({ code: 10, details: 'Operation timed out: Commit phase timeout.' });
        // Waits behind the first one and is never handed to the store.
        const second = await raw.append('a', 'any', newIds(1).map(said));
        expect(second.error).toMatchObject({ code: 10 });
        expect(gateway.stats().appendsInFlight).toBe(2);
        isStuck = false;
        letGo();
        await until(() => gateway.stats().appendsInFlight === 0, 'the store has answered');
        const page = await inner.readStream('a');
        expect(page.kind === 'page' && page.events.slice(1).map((event) => event.id)).toEqual([id]);
      },
      { store: stuck, limits: { writeTimeoutMs: 100 } },
    );
  });

  it('a batch call may not leave too many appends unfinished', () =>
    withBench(
      async ({ raw }) => {
        const call = raw.batch();
        const errors: string[] = [];
        call.on('data', (answer) => errors.push(answer.getError()?.getMessage() ?? ''));
        for (let i = 0; i < 3; i += 1)
          call.write(batchRequest({ id: newId(), stream: 'a', events: [{}], isFinal: false }));
        await until(() => errors.length >= 1, 'an answer');
        expect(errors[0]).toBe('Server Is Too Busy');
        call.end();
      },
      { limits: { batchUnfinishedMax: 2 } },
    ));

  it('a gateway has a bound for its connections', () =>
    withBench(
      async ({ raw, url }) => {
        expect((await raw.append('a', 'any', [{}])).error).toBeUndefined();
        const other = rawClient(Number(url.split(':')[1]));
        expect((await other.append('a', 'any', [{}])).error).toMatchObject({ code: 14 });
        other.close();
        expect((await raw.append('a', 'any', [{}])).error).toBeUndefined();
      },
      { limits: { connectionsMax: 1 } },
    ));

  it('a gateway has a bound for its reads', () =>
    withBench(
      async ({ raw }) => {
        const two = [new Subscribed(raw, { all: true }), new Subscribed(raw, { all: true })];
        for (const subscribed of two) await subscribed.hears('caught-up');
        const third = new Subscribed(raw, { all: true });
        expect(await third.ends()).toMatchObject({ code: 14, details: 'Server Is Too Busy' });
        two[0]!.cancel();
        await until(async () => {
          const again = new Subscribed(raw, { all: true });
          await sleepMs(20);
          return again.error === undefined;
        }, 'a free place');
      },
      { limits: { readsMax: 2 } },
    ));
});
