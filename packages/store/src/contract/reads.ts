import { expect, it } from '@jest/globals';
import { NO_STREAM, PAGE_SIZE_DEFAULT, PAGE_SIZE_MAX, type EventStore, type ReadStreamOptions } from '../port.js';
import { onBench, type EventStoreContract } from './bench.js';
import { manyEvents } from './events.js';
import { codeOf, eventsOf } from './look.js';

const revisionsOf = async (store: EventStore, options: ReadStreamOptions): Promise<[number[], boolean]> => {
  const page = await store.readStream('a', options);
  if (page.kind === 'no-stream') throw new Error('the stream is missing');
  return [page.events.map(({ revision }) => revision), page.atEnd];
};

export const readCases = (contract: EventStoreContract): void => {
  it(
    'says no-stream of a stream that nobody wrote to, however it is asked',
    onBench(contract, async ({ store, make }) => {
      await store.append('other', [make()], NO_STREAM);
      for (const direction of ['forwards', 'backwards'] as const) {
        for (const from of ['start', 'end', 0, 7] as const) {
          expect(await store.readStream('a', { direction, from })).toEqual({ kind: 'no-stream' });
        }
      }
    }),
  );

  it(
    'reads forwards from every revision exactly the rest',
    onBench(contract, async ({ store, make }) => {
      await store.append('a', manyEvents(make, 6), NO_STREAM);
      const all = [0, 1, 2, 3, 4, 5];
      for (const from of all) expect(await revisionsOf(store, { from })).toEqual([all.slice(from), true]);
      expect(await revisionsOf(store, {})).toEqual([all, true]);
      expect(await revisionsOf(store, { from: 'start' })).toEqual([all, true]);
    }),
  );

  it(
    'reads backwards from every revision down to the first event',
    onBench(contract, async ({ store, make }) => {
      await store.append('a', manyEvents(make, 6), NO_STREAM);
      const all = [5, 4, 3, 2, 1, 0];
      for (const [i, from] of all.entries()) {
        expect(await revisionsOf(store, { from, direction: 'backwards' })).toEqual([all.slice(i), true]);
      }
      expect(await revisionsOf(store, { direction: 'backwards' })).toEqual([all, true]);
      expect(await revisionsOf(store, { direction: 'backwards', from: 'end' })).toEqual([all, true]);
      expect(await revisionsOf(store, { direction: 'backwards', from: 'start' })).toEqual([[0], true]);
    }),
  );

  it(
    'reads beyond the end nothing forwards, and from the last event backwards',
    onBench(contract, async ({ store, make }) => {
      await store.append('a', manyEvents(make, 3), NO_STREAM);
      for (const from of [3, 4, 1_000_000, 'end'] as const) {
        expect(await revisionsOf(store, { from })).toEqual([[], true]);
      }
      for (const from of [3, 1_000_000]) {
        expect(await revisionsOf(store, { from, direction: 'backwards' })).toEqual([[2, 1, 0], true]);
      }
    }),
  );

  it(
    'cuts pages at maxCount and says atEnd exactly where nothing more stands in that direction',
    onBench(contract, async ({ store, make }) => {
      await store.append('a', manyEvents(make, 4), NO_STREAM);
      expect(await revisionsOf(store, { maxCount: 1 })).toEqual([[0], false]);
      expect(await revisionsOf(store, { maxCount: 3 })).toEqual([[0, 1, 2], false]);
      expect(await revisionsOf(store, { maxCount: 4 })).toEqual([[0, 1, 2, 3], true]);
      expect(await revisionsOf(store, { from: 3, maxCount: 1 })).toEqual([[3], true]);
      expect(await revisionsOf(store, { direction: 'backwards', maxCount: 3 })).toEqual([[3, 2, 1], false]);
      expect(await revisionsOf(store, { direction: 'backwards', maxCount: 4 })).toEqual([[3, 2, 1, 0], true]);
      expect(await revisionsOf(store, { direction: 'backwards', from: 0, maxCount: 1 })).toEqual([[0], true]);
      expect(await revisionsOf(store, { maxCount: PAGE_SIZE_MAX })).toEqual([[0, 1, 2, 3], true]);
    }),
  );

  it(
    'gives a page of the default size to who names none',
    onBench(contract, async ({ store, make }) => {
      await store.append('a', manyEvents(make, PAGE_SIZE_DEFAULT + 1), NO_STREAM);
      const [forwards, forwardsAtEnd] = await revisionsOf(store, {});
      expect([forwards.length, forwards.at(-1), forwardsAtEnd]).toEqual([
        PAGE_SIZE_DEFAULT,
        PAGE_SIZE_DEFAULT - 1,
        false,
      ]);
      const page = await store.readAll({ after: 'start' });
      expect([page.size, page.atEnd]).toEqual([PAGE_SIZE_DEFAULT, false]);
    }),
  );

  it(
    'refuses page sizes outside 1 to PAGE_SIZE_MAX and revisions that are none',
    onBench(contract, async ({ store, make }) => {
      await store.append('a', [make()], NO_STREAM);
      for (const maxCount of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, PAGE_SIZE_MAX + 1]) {
        expect(await codeOf(() => store.readStream('a', { maxCount }))).toBe('bad-page-size');
        expect(await codeOf(() => store.readAll({ after: 'start', maxCount }))).toBe('bad-page-size');
      }
      for (const from of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
        expect(await codeOf(() => store.readStream('a', { from }))).toBe('bad-revision');
      }
    }),
  );

  it(
    'reads at once what was acknowledged a moment ago',
    onBench(contract, async ({ store, make }) => {
      for (let i = 0; i < 50; i += 1) {
        await store.append('a', [make()], i - 1);
        expect(await revisionsOf(store, { direction: 'backwards', maxCount: 1 })).toEqual([[i], i === 0]);
      }
      expect(await eventsOf(store, 'a', 7)).toHaveLength(50);
    }),
  );

  it(
    'rejects a read whose signal has aborted with the reason of the signal',
    onBench(contract, async ({ store, make }) => {
      await store.append('a', [make()], NO_STREAM);
      const reason = new Error('enough');
      const signal = AbortSignal.abort(reason);
      await expect(store.readStream('a', { signal })).rejects.toBe(reason);
      await expect(store.readAll({ after: 'start', signal })).rejects.toBe(reason);
    }),
  );
};
