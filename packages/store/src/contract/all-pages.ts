import { expect, it } from '@jest/globals';
import { NO_STREAM, type EventStore, type RecordedEvent } from '../port.js';
import { onBench, type Bench, type EventStoreContract } from './bench.js';
import { manyEvents } from './events.js';
import { eventsIn, everything, eventsOf, idsOf, pagesOf, written } from './look.js';

/** Three streams, interleaved, in appends of different sizes: 12 events. */
export const mixedLog = async ({ store, make }: Pick<Bench, 'store' | 'make'>): Promise<RecordedEvent[]> => {
  const lengths = new Map<string, number>();
  for (const [stream, count] of [
    ['red-1', 2],
    ['blue-1', 1],
    ['red-2', 3],
    ['red-1', 1],
    ['blue-1', 4],
    ['red-2', 1],
  ] as const) {
    const length = lengths.get(stream) ?? 0;
    await store.append(stream, manyEvents(make, count), length - 1);
    lengths.set(stream, length + count);
  }
  return everything(store);
};

const isEmptyEnd = async (store: EventStore, after: Parameters<EventStore['readAll']>[0]['after']): Promise<void> => {
  const page = await store.readAll({ after });
  expect([page.size, page.atEnd, page.scannedTo]).toEqual([0, true, after]);
};

export const allPageCases = (contract: EventStoreContract): void => {
  it(
    'keeps one order of all events in which every stream keeps its own',
    onBench(contract, async (bench) => {
      const all = await mixedLog(bench);
      const seen = all.map(({ stream, revision }) => `${stream}@${revision}`);
      expect(seen).toEqual([
        ...['red-1@0', 'red-1@1', 'blue-1@0', 'red-2@0', 'red-2@1', 'red-2@2'],
        ...['red-1@2', 'blue-1@1', 'blue-1@2', 'blue-1@3', 'blue-1@4', 'red-2@3'],
      ]);
      for (const stream of ['red-1', 'red-2', 'blue-1']) {
        const own = await eventsOf(bench.store, stream);
        expect(own).toEqual(all.filter((event) => event.stream === stream));
      }
    }),
  );

  it(
    'gives the same order in pages of every size, and cuts none longer than asked',
    onBench(contract, async (bench) => {
      const all = await mixedLog(bench);
      for (let maxCount = 1; maxCount <= all.length + 1; maxCount += 1) {
        const pages = await pagesOf(bench.store, { maxCount });
        expect(pages.every(({ size }) => size <= maxCount)).toBe(true);
        expect(pages.flatMap(eventsIn)).toEqual(all);
        expect(pages.at(-1)?.scannedTo).toBe(all.at(-1)?.position);
        // Exact, not only at an empty page: the last full page already says that nothing stands behind it.
        expect(pages).toHaveLength(Math.ceil(all.length / maxCount));
      }
    }),
  );

  it(
    'resumes after every single position with exactly the rest',
    onBench(contract, async (bench) => {
      const all = await mixedLog(bench);
      for (const [i, { position }] of all.entries()) {
        expect(idsOf(await everything(bench.store, { after: position, maxCount: 5 }))).toEqual(idsOf(all.slice(i + 1)));
      }
    }),
  );

  it(
    'answers behind the end, of an empty log too, with an empty page at the end',
    onBench(contract, async ({ store, make, openAnother }) => {
      await isEmptyEnd(store, 'start');
      expect(await store.headPosition()).toBe('start');
      await store.append('a', manyEvents(make, 3), NO_STREAM);
      await isEmptyEnd(store, await store.headPosition());
      const longer = await openAnother();
      await longer.append('a', manyEvents(make, 10), NO_STREAM);
      await isEmptyEnd(store, await longer.headPosition());
    }),
  );

  it(
    'tells the head: the position of the newest event, whatever its stream',
    onBench(contract, async ({ store, make }) => {
      for (const stream of ['a', 'b', 'a', 'c']) {
        await store.append(stream, manyEvents(make, 2), 'any');
        expect(await store.headPosition()).toBe((await everything(store)).at(-1)?.position);
      }
    }),
  );

  it(
    'keeps a page as it was read, whatever is appended later',
    onBench(contract, async ({ store, make }) => {
      await store.append('a', manyEvents(make, 3), NO_STREAM);
      const page = await store.readAll({ after: 'start' });
      const before = eventsIn(page);
      await store.append('a', manyEvents(make, 500), 2);
      expect([page.size, page.atEnd, page.scannedTo]).toEqual([3, true, before[2]?.position]);
      expect(eventsIn(page)).toEqual(before);
    }),
  );

  it(
    'gives whole events also of kinds whose payload was not asked for',
    onBench(contract, async ({ store, make }) => {
      const events = [1, 2, 3].map((kind) => make({ told: { kind } }));
      await store.append('a', events, NO_STREAM);
      for (const payloadOfKinds of [[], [2], [1, 2, 3], [77]]) {
        const page = await store.readAll({ after: 'start', payloadOfKinds });
        expect(eventsIn(page).map(written)).toEqual(events.map(written));
      }
    }),
  );
};
