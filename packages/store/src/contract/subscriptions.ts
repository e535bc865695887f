import { expect, it } from '@jest/globals';
import { NO_STREAM, type EventStore, type RecordedEvent, type SubscriptionMessage } from '../port.js';
import { mixedLog } from './all-pages.js';
import { onBench, type EventStoreContract } from './bench.js';
import { manyEvents } from './events.js';
import { codeOf, eventsIn, everything, idsOf, messagesOf, subscribeUntil, written } from './look.js';

const caughtUp = (_events: readonly RecordedEvent[], message: SubscriptionMessage): boolean =>
  message.kind === 'caught-up';

const catchUpCases = (contract: EventStoreContract): void => {
  it(
    'hands out everything from the start, whole and in order, before it says that it has caught up',
    onBench(contract, async (bench) => {
      const all = await mixedLog(bench);
      for (const pageSizeMax of [1, 3, 100]) {
        const seen = await subscribeUntil(bench.store, { after: 'start', pageSizeMax }, caughtUp);
        expect(seen.map(written)).toEqual(all.map(written));
        expect(seen).toEqual(all);
      }
    }),
  );

  it(
    'resumes after every single position with exactly the rest',
    onBench(contract, async (bench) => {
      const all = await mixedLog(bench);
      for (const [i, { position }] of all.entries()) {
        const seen = await subscribeUntil(bench.store, { after: position, pageSizeMax: 4 }, caughtUp);
        expect(idsOf(seen)).toEqual(idsOf(all.slice(i + 1)));
      }
    }),
  );

  it(
    'gives pages with increasing scannedTo, none longer than asked, and facts in columns',
    onBench(contract, async ({ store, make }) => {
      const told = Array.from({ length: 25 }, (_, i) => ({ kind: i, atMs: i * 1000, flags: i }));
      await store.append(
        'a',
        told.map((facts) => make({ told: facts })),
        NO_STREAM,
      );
      const seen: (typeof told)[number][] = [];
      let scannedTo: Awaited<ReturnType<EventStore['headPosition']>> = 'start';
      for await (const message of messagesOf(store, { after: 'start', pageSizeMax: 4, payloadOfKinds: [3] })) {
        if (message.kind === 'caught-up') break;
        const { page } = message;
        expect(page.size).toBeLessThanOrEqual(4);
        expect(store.comparePositions(page.scannedTo, scannedTo)).toBeGreaterThan(0);
        scannedTo = page.scannedTo;
        for (let i = 0; i < page.size; i += 1)
          seen.push({ kind: page.kind(i), atMs: page.atMs(i), flags: page.flags(i) });
      }
      expect(seen).toEqual(told);
    }),
  );

  it(
    'filters by several prefixes, and moves over what does not match',
    onBench(contract, async ({ store, make }) => {
      await store.append('noise', manyEvents(make, 30), NO_STREAM);
      await store.append('red-1', manyEvents(make, 2), NO_STREAM);
      await store.append('noise', manyEvents(make, 30), 29);
      await store.append('blue-1', manyEvents(make, 2), NO_STREAM);
      await store.append('noise', manyEvents(make, 30), 59);
      const head = await store.headPosition();
      for (const [streamPrefixes, count] of [
        [['red-', 'blue-'], 4],
        [['red-'], 2],
        [['green-'], 0],
        [[], 0],
      ] as const) {
        let at: typeof head = 'start';
        const seen = await subscribeUntil(store, { after: 'start', pageSizeMax: 7, streamPrefixes }, (_, message) => {
          if (message.kind === 'caught-up') at = message.at;
          return message.kind === 'caught-up';
        });
        expect(seen).toHaveLength(count);
        expect(store.comparePositions(at, head)).toBeGreaterThanOrEqual(0);
      }
    }),
  );

  it(
    'refuses bad options by the first pull',
    onBench(contract, async ({ store }) => {
      const first = (options: Parameters<EventStore['subscribe']>[0]): Promise<unknown> =>
        subscribeUntil(store, options, () => true);
      expect(await codeOf(() => first({ after: 'nonsense' as never }))).toBe('bad-position');
      expect(await codeOf(() => first({ after: 'start', pageSizeMax: 0 }))).toBe('bad-page-size');
      expect(await codeOf(() => first({ after: 'start', streamPrefixes: ['\u0000'] }))).toBe('bad-stream-name');
    }),
  );
};

const liveCases = (contract: EventStoreContract): void => {
  it(
    'says caught-up of an empty store at once, and again each time it has caught up with more',
    onBench(contract, async ({ store, make }) => {
      const seen: number[] = [];
      const caughtUpAt: number[] = [];
      for await (const message of messagesOf(store, { after: 'start' })) {
        if (message.kind === 'page') {
          seen.push(...eventsIn(message.page).map(({ revision }) => revision));
          continue;
        }
        // A store that is handed events one by one may have caught up with a part of an append.
        if (message.at !== (await store.headPosition())) continue;
        caughtUpAt.push(seen.length);
        if (seen.length === 9) break;
        await store.append('a', manyEvents(make, 3), seen.length - 1);
      }
      expect(seen).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
      expect(caughtUpAt).toEqual([0, 3, 6, 9]);
    }),
  );

  it(
    'hands out across the seam from catching up to live each event once and in order, with writers running',
    onBench(contract, async ({ store, make }) => {
      const [writers, batches] = [3, 40];
      await store.append('before', manyEvents(make, 200), NO_STREAM);
      const write = async (stream: string): Promise<void> => {
        let length = 0;
        for (let i = 0; i < batches; i += 1) {
          const batch = manyEvents(make, 1 + (i % 4));
          await store.append(stream, batch, length - 1);
          length += batch.length;
        }
      };
      const total = 200 + writers * (batches / 4) * (1 + 2 + 3 + 4);
      const enough = (events: readonly RecordedEvent[]): boolean => events.length >= total;
      const [seen, filtered] = await Promise.all([
        subscribeUntil(store, { after: 'start', pageSizeMax: 16 }, enough),
        subscribeUntil(
          store,
          { after: 'start', pageSizeMax: 16, streamPrefixes: ['writer-1'] },
          (events) => events.length >= 100,
        ),
        ...Array.from({ length: writers }, (_, i) => write(`writer-${i}`)),
      ]);
      const all = await everything(store);
      expect(idsOf(seen)).toEqual(idsOf(all));
      expect(idsOf(filtered)).toEqual(idsOf(all.filter(({ stream }) => stream === 'writer-1')));
    }),
  );

  it(
    'serves several subscribers at once, each at its own pace',
    onBench(contract, async ({ store, make }) => {
      const follow = (pageSizeMax: number): Promise<RecordedEvent[]> =>
        subscribeUntil(store, { after: 'start', pageSizeMax }, (events) => events.length >= 60);
      const all = Promise.all([follow(1), follow(7), follow(1000)]);
      for (let i = 0; i < 20; i += 1) await store.append('a', manyEvents(make, 3), i * 3 - 1);
      const expected = idsOf(await everything(store));
      for (const seen of await all) expect(idsOf(seen)).toEqual(expected);
    }),
  );

  it(
    'lets a slow reader slow the reading: pages stay short and were not read long before they were asked for',
    onBench(contract, async ({ store, make }) => {
      const pageSizeMax = 10;
      await store.append('a', manyEvents(make, 200), NO_STREAM);
      const seen: RecordedEvent[] = [];
      let readAhead = 0;
      for await (const message of messagesOf(store, { after: 'start', pageSizeMax })) {
        if (message.kind === 'caught-up') break;
        if (seen.length === 0) await store.append('a', manyEvents(make, 800), 199);
        seen.push(...eventsIn(message.page));
        expect(message.page.size).toBeLessThanOrEqual(pageSizeMax);
        // "Nothing behind me", said of a place before the 800: this page was read before they came, so ahead of its reader.
        if (message.page.atEnd && seen.length < 1000) readAhead = seen.length - pageSizeMax;
      }
      expect(seen.map(({ revision }) => revision)).toEqual(Array.from({ length: 1000 }, (_, i) => i));
      expect(readAhead).toBeLessThanOrEqual(2 * pageSizeMax);
    }),
  );
};

export const subscriptionCases = (contract: EventStoreContract): void => {
  catchUpCases(contract);
  liveCases(contract);
};
