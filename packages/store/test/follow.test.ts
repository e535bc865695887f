import { getEventListeners } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { fullJitterMs, StoreError, type EventStore } from '@lapse/store';
import { faultyStore, type Fault } from './faulty-store.js';
import { ManualSleep, namesIn, startFollowing, turns } from './follow-helpers.js';
import { openMemoryStore, someEvents } from './memory-store.js';

const storeOf = async (count: number): Promise<EventStore> => {
  const store = openMemoryStore();
  await store.append('s', someEvents(count), -1);
  return store;
};

const names = (from: number, to: number): string[] => Array.from({ length: to - from }, (_, i) => `s@${from + i}`);

/** The given faults in turn, then none. */
const inTurn = (...faults: Fault[]): (() => Fault) => {
  let next = 0;
  return () => faults[next++] ?? { kind: 'none' };
};

describe('follow hands out what is there and what comes', () => {
  it('catches up, says so, goes on live, and resolves when it is stopped', async () => {
    const store = await storeOf(5);
    const { done, stop, seen, caughtUp, troubles } = startFollowing(store, { pageSizeMax: 2 });
    await turns(5);
    expect([seen, caughtUp]).toEqual([names(0, 5), ['5']]);
    await store.append('s', someEvents(3), 4);
    await turns(5);
    expect([seen, caughtUp]).toEqual([names(0, 8), ['5', '8']]);
    stop.abort();
    await done;
    expect(troubles).toEqual([]);
  });

  it('starts behind the place that it is given, and passes filter and page size on', async () => {
    const store = await storeOf(5);
    await store.append('other', someEvents(2), -1);
    const sizes: number[] = [];
    const { position } = (await store.readAll({ after: 'start' })).event(1);
    const following = startFollowing(store, {
      after: position,
      streamPrefixes: ['s'],
      pageSizeMax: 2,
      onPage: (page) => void sizes.push(page.size),
    });
    await turns(5);
    following.stop.abort();
    await following.done;
    expect(sizes).toEqual([2, 1, 0]);
  });

  it('finishes the page in its handler when it is stopped, and hands out no other', async () => {
    const store = await storeOf(6);
    const finished: string[][] = [];
    const stop = new AbortController();
    const { done } = startFollowing(store, {
      pageSizeMax: 2,
      signal: stop.signal,
      onPage: async (page) => {
        stop.abort();
        await turns(2);
        finished.push(namesIn(page));
      },
    });
    await done;
    expect(finished).toEqual([names(0, 2)]);
  });

  it('resolves at once when its signal has aborted before', async () => {
    const { store, openedAfter } = faultyStore(await storeOf(1), inTurn());
    const { done } = startFollowing(store, { signal: AbortSignal.abort() });
    await done;
    expect(openedAfter).toEqual([]);
  });

  it('awaits each handler before the next page', async () => {
    const store = await storeOf(20);
    let running = 0;
    let most = 0;
    const { done, stop } = startFollowing(store, {
      pageSizeMax: 1,
      onPage: async () => {
        most = Math.max(most, (running += 1));
        await turns(1);
        running -= 1;
      },
    });
    await turns(60);
    stop.abort();
    await done;
    expect(most).toBe(1);
  });
});

describe('follow resumes a subscription that breaks off', () => {
  it('opens it again behind the last handled page, on an error and on an end without a word', async () => {
    const faults = inTurn({ kind: 'drop', afterMessages: 2 }, { kind: 'end', afterMessages: 1 });
    const { store, openedAfter, open } = faultyStore(await storeOf(8), faults);
    const { done, stop, seen, troubles } = startFollowing(store, { pageSizeMax: 2 });
    await turns(20);
    expect(seen).toEqual(names(0, 8));
    expect(openedAfter).toEqual(['start', '4', '6']);
    expect(troubles).toMatchObject([
      { kind: 'failed', error: { code: 'store-unavailable' }, failures: 1, retryInMs: 50 },
      { kind: 'ended', error: undefined, failures: 1, retryInMs: 50 },
    ]);
    stop.abort();
    await done;
    expect(open()).toBe(0);
  });

  it('does not hand out again what a store repeats: whole pages, parts of pages, caught-up places', async () => {
    const faults = inTurn(
      { kind: 'drop', afterMessages: 2 },
      { kind: 'drop', afterMessages: 3, startsBack: 3 },
      { kind: 'drop', afterMessages: 1, startsBack: 100 },
      { kind: 'none', startsBack: 5 },
    );
    const { store } = faultyStore(await storeOf(12), faults);
    const pages: string[][] = [];
    const { done, stop, caughtUp } = startFollowing(store, {
      pageSizeMax: 2,
      onPage: (page) => void pages.push(namesIn(page)),
    });
    await turns(30);
    stop.abort();
    await done;
    expect(pages.flat()).toEqual(names(0, 12));
    expect(pages.every((page) => page.length > 0)).toBe(true);
    expect(caughtUp).toEqual(['12']);
  });

  it('goes on from where a filter looked to, not from the last event that matched', async () => {
    const faults = inTurn({ kind: 'drop', afterMessages: 4 });
    const { store, openedAfter } = faultyStore(await storeOf(12), faults);
    const { done, stop, seen } = startFollowing(store, { pageSizeMax: 2, streamPrefixes: ['none'] });
    await turns(20);
    stop.abort();
    await done;
    expect([seen, openedAfter]).toEqual([[], ['start', '8']]);
  });

  it('waits a part of a ceiling that doubles from firstMs to maxMs, and begins anew after a page', async () => {
    const failing = (count: number): Fault[] =>
      Array.from({ length: count }, () => ({ kind: 'drop', afterMessages: 0 }));
    const faults = inTurn(...failing(6), { kind: 'drop', afterMessages: 1 }, ...failing(2));
    const { store } = faultyStore(await storeOf(2), faults);
    const { done, stop, troubles } = startFollowing(store, { random: () => 0.999 });
    await turns(40);
    stop.abort();
    await done;
    const rounded = troubles.map(({ failures, retryInMs }) => [failures, Math.round(retryInMs)]);
    expect(rounded).toEqual([
      [1, 100],
      [2, 200],
      [3, 400],
      [4, 799],
      [5, 999],
      [6, 999],
      [1, 100],
      [2, 200],
      [3, 400],
    ]);
  });

  it('does not take a connection that opens, is caught up and breaks off for progress', async () => {
    const dropping = (): Fault => ({ kind: 'drop', afterMessages: 1 });
    const { store } = faultyStore(openMemoryStore(), inTurn(dropping(), dropping(), dropping()));
    const { done, stop, troubles } = startFollowing(store);
    await turns(30);
    stop.abort();
    await done;
    expect(troubles.map(({ failures }) => failures)).toEqual([1, 2, 3]);
  });

  it('leaves nothing on the signal that it was given, however often it resumes', async () => {
    const faults = Array.from({ length: 30 }, (): Fault => ({ kind: 'drop', afterMessages: 1 }));
    const { store } = faultyStore(await storeOf(40), inTurn(...faults));
    const { done, stop, seen } = startFollowing(store, { pageSizeMax: 1, idle: { afterMs: 1000 } });
    await turns(150);
    expect([seen.length, getEventListeners(stop.signal, 'abort').length]).toEqual([40, 1]);
    stop.abort();
    await done;
    expect(getEventListeners(stop.signal, 'abort')).toHaveLength(0);
  });

  it('can be stopped while it waits', async () => {
    const sleeps = new ManualSleep();
    const { store } = faultyStore(await storeOf(1), inTurn({ kind: 'drop', afterMessages: 0 }));
    const { done, stop, seen } = startFollowing(store, { sleep: sleeps.sleep });
    await turns(3);
    expect(sleeps.waiting.map(({ ms }) => ms)).toEqual([50]);
    stop.abort();
    await done;
    expect(seen).toEqual([]);
  });
});

describe('follow ends with the error of what it cannot go on from', () => {
  it('ends with what onPage threw, hands the page out only once and leaves the subscription', async () => {
    const { store, open } = faultyStore(await storeOf(4), inTurn());
    const mistake = new StoreError('store-unavailable', 'thrown by the handler, though it looks retryable');
    let handed = 0;
    const { done, troubles } = startFollowing(store, {
      onPage: () => {
        handed += 1;
        throw mistake;
      },
    });
    await expect(done).rejects.toBe(mistake);
    await turns(2);
    expect([handed, troubles, open()]).toEqual([1, [], 0]);
  });

  it('ends with what onCaughtUp or onTrouble threw', async () => {
    const mistake = new Error('no');
    const thrower = (): never => {
      throw mistake;
    };
    await expect(startFollowing(await storeOf(1), { onCaughtUp: thrower }).done).rejects.toBe(mistake);
    const { store } = faultyStore(await storeOf(1), inTurn({ kind: 'end', afterMessages: 0 }));
    await expect(startFollowing(store, { onTrouble: thrower }).done).rejects.toBe(mistake);
  });

  it('ends with an error of the store that no other try can mend, and asks isRetryable which these are', async () => {
    const closed = await storeOf(1);
    await closed.close();
    await expect(startFollowing(closed).done).rejects.toMatchObject({ code: 'store-closed' });
    await expect(startFollowing(await storeOf(1), { after: 'x' as never }).done).rejects.toMatchObject({
      code: 'bad-position',
    });
    const { store } = faultyStore(await storeOf(1), inTurn({ kind: 'drop', afterMessages: 0 }));
    await expect(startFollowing(store, { isRetryable: () => false }).done).rejects.toMatchObject({
      code: 'store-unavailable',
    });
  });

  it('takes an error thrown by subscribe itself like one of the iteration', async () => {
    const real = await storeOf(3);
    let calls = 0;
    const store: EventStore = Object.create(real) as EventStore;
    store.subscribe = (options) => {
      calls += 1;
      if (calls === 1) throw new StoreError('store-busy', 'not now');
      return real.subscribe(options);
    };
    store.comparePositions = (a, b) => real.comparePositions(a, b);
    const { done, stop, seen, troubles } = startFollowing(store);
    await turns(6);
    stop.abort();
    await done;
    expect([seen, troubles.map(({ kind }) => kind)]).toEqual([names(0, 3), ['failed']]);
  });

  it('refuses waits that would make a busy loop', async () => {
    const bad = [
      { firstMs: 0, maxMs: 10 },
      { firstMs: 10, maxMs: 5 },
      { firstMs: Number.NaN, maxMs: 10 },
      { firstMs: 1, maxMs: 2 ** 31 },
    ];
    for (const backoff of bad)
      await expect(startFollowing(openMemoryStore(), { backoff }).done).rejects.toThrow(RangeError);
    for (const afterMs of [0, -1, Number.NaN, 2 ** 31]) {
      await expect(startFollowing(openMemoryStore(), { idle: { afterMs } }).done).rejects.toThrow(RangeError);
    }
    expect(fullJitterMs({ firstMs: 1, maxMs: 500 }, 5000, () => 1)).toBe(500);
  });
});
