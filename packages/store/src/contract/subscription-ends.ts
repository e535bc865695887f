import { expect, it } from '@jest/globals';
import { NO_STREAM, type SubscriptionMessage } from '../port.js';
import { onBench, type EventStoreContract } from './bench.js';
import { manyEvents } from './events.js';
import { codeOf, everything, idsOf, eventsIn, messagesOf, subscribeUntil } from './look.js';

/** More than the 100 streams that one HTTP/2 connection to an EventStoreDB node carries. */
const LEFT_SUBSCRIPTIONS = 150;

export const subscriptionEndCases = (contract: EventStoreContract): void => {
  it(
    'ends without an error and without a message when the signal had aborted before',
    onBench(contract, async ({ store, make }) => {
      await store.append('a', manyEvents(make, 3), NO_STREAM);
      const messages: SubscriptionMessage[] = [];
      for await (const message of messagesOf(store, { after: 'start', signal: AbortSignal.abort() }))
        messages.push(message);
      expect(messages).toEqual([]);
    }),
  );

  it(
    'ends when the signal aborts while a page is being worked on: that page is whole, no other comes',
    onBench(contract, async ({ store, make }) => {
      await store.append('a', manyEvents(make, 30), NO_STREAM);
      const stop = new AbortController();
      const pages: string[][] = [];
      for await (const message of messagesOf(store, { after: 'start', pageSizeMax: 10, signal: stop.signal })) {
        if (message.kind !== 'page') throw new Error('caught up without having handed out everything');
        stop.abort();
        await store.headPosition();
        pages.push(idsOf(eventsIn(message.page)));
      }
      expect(pages).toHaveLength(1);
      expect(pages[0]).toEqual(idsOf((await everything(store)).slice(0, pages[0]!.length)));
    }),
  );

  it(
    'ends when the signal aborts while it waits for events',
    onBench(contract, async ({ store, make }) => {
      await store.append('a', manyEvents(make, 3), NO_STREAM);
      const stop = new AbortController();
      const kinds = new Set<string>();
      for await (const message of messagesOf(store, { after: 'start', signal: stop.signal })) {
        kinds.add(message.kind);
        if (message.kind === 'caught-up') setImmediate(() => stop.abort());
      }
      expect([...kinds]).toEqual(['page', 'caught-up']);
      expect(await store.append('a', [make()], 2)).toMatchObject({ kind: 'appended' });
    }),
  );

  it(
    `is freed by leaving the iteration: after ${LEFT_SUBSCRIPTIONS} that were left, everything works`,
    onBench(contract, async ({ store, make }) => {
      await store.append('a', manyEvents(make, 5), NO_STREAM);
      for (let i = 0; i < LEFT_SUBSCRIPTIONS; i += 1) {
        const after = i % 2 === 0 ? 'start' : await store.headPosition();
        await subscribeUntil(store, { after, pageSizeMax: 2 }, () => true);
      }
      expect(await store.append('a', [make()], 4)).toMatchObject({ kind: 'appended', lastRevision: 5 });
      const seen = await subscribeUntil(store, { after: 'start' }, (_, { kind }) => kind === 'caught-up');
      expect(seen).toHaveLength(6);
    }),
  );

  it(
    'may be left by an error of its reader, who gets that error',
    onBench(contract, async ({ store, make }) => {
      await store.append('a', manyEvents(make, 5), NO_STREAM);
      const mistake = new Error('the reader failed');
      const read = subscribeUntil(store, { after: 'start' }, () => {
        throw mistake;
      });
      await expect(read).rejects.toBe(mistake);
      expect(await everything(store)).toHaveLength(5);
    }),
  );

  it(
    'ends with store-closed when the store is closed while it waits',
    onBench(contract, async ({ store, make }) => {
      await store.append('a', manyEvents(make, 3), NO_STREAM);
      let closing: Promise<void> | undefined;
      const waiting = subscribeUntil(store, { after: 'start' }, (_, { kind }) => {
        if (kind === 'caught-up') setImmediate(() => (closing = store.close()));
        return false;
      });
      expect(await codeOf(() => waiting)).toBe('store-closed');
      await closing;
    }),
  );
};
