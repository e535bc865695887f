import { describe, expect, it } from '@jest/globals';
import { anEvent, openMemoryStore, someEvents } from './memory-store.js';

/** Lets every call stop where the store yields, and go on one turn at a time. */
const turnstile = (): {
  yieldNow: () => Promise<void>;
  waiting: () => number;
  letThrough: (i: number) => Promise<void>;
} => {
  const gates: (() => void)[] = [];
  return {
    yieldNow: () => new Promise((resolve) => gates.push(resolve)),
    waiting: () => gates.length,
    letThrough: async (i) => {
      gates.splice(i, 1)[0]?.();
      for (let turns = 0; turns < 10; turns += 1) await Promise.resolve();
    },
  };
};

describe('the memory store', () => {
  it('lets a test decide which of two appends comes first', async () => {
    const { yieldNow, letThrough } = turnstile();
    const store = openMemoryStore({ yieldNow });
    const [first, second] = [store.append('s', [anEvent()], -1), store.append('s', [anEvent()], -1)];
    await letThrough(1);
    await letThrough(0);
    await letThrough(0);
    await letThrough(0);
    expect((await first).kind).toBe('wrong-revision');
    expect((await second).kind).toBe('appended');
  });

  it('has written an append before its answer arrives: an answer can be lost, the event is not', async () => {
    const { yieldNow, letThrough } = turnstile();
    const store = openMemoryStore({ yieldNow });
    const unanswered = store.append('s', [anEvent()], -1);
    await letThrough(0);
    const read = store.readStream('s');
    await letThrough(1);
    await letThrough(1);
    expect(await read).toMatchObject({ kind: 'page', events: [{ revision: 0 }] });
    await letThrough(0);
    expect(await unanswered).toMatchObject({ kind: 'appended' });
  });

  it('waits in close for the appends under way, and they succeed', async () => {
    const { yieldNow, letThrough, waiting } = turnstile();
    const store = openMemoryStore({ yieldNow });
    const append = store.append('s', [anEvent()], -1);
    let closed = false;
    const closing = store.close().then(() => (closed = true));
    await letThrough(0);
    expect([closed, waiting()]).toEqual([false, 1]);
    await letThrough(0);
    expect(await append).toMatchObject({ kind: 'appended' });
    await closing;
    expect(closed).toBe(true);
  });

  it('writes at any revision without looking for ids: "any" gives up every protection against doubles', async () => {
    const store = openMemoryStore();
    const events = someEvents(2);
    await store.append('s', events, 'any');
    expect(await store.append('s', events, 'any')).toMatchObject({
      kind: 'appended',
      lastRevision: 3,
      repeated: false,
    });
  });

  it('stamps the events of one append with one reading of the clock that it was given', async () => {
    let nowMs = 1000;
    const store = openMemoryStore({ nowMs: () => (nowMs += 1) });
    await store.append('s', someEvents(3), -1);
    await store.append('s', someEvents(1), 2);
    const page = await store.readAll({ after: 'start' });
    expect([0, 1, 2, 3].map((i) => page.storedAtMs(i))).toEqual([1001, 1001, 1001, 1002]);
  });

  it('says so when a page is asked for an event that it does not have', async () => {
    const store = openMemoryStore();
    await store.append('s', someEvents(2), -1);
    const page = await store.readAll({ after: 'start' });
    expect(() => page.event(2)).toThrow(RangeError);
  });
});
