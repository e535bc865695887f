import { expect, it } from '@jest/globals';
import { NO_STREAM } from '../port.js';
import { onBench, type EventStoreContract } from './bench.js';
import { manyEvents } from './events.js';
import { appended, everything, eventsOf, idsOf } from './look.js';

export const repeatCases = (contract: EventStoreContract): void => {
  it(
    'takes a retry of a batch as the append that it already is',
    onBench(contract, async ({ store, make }) => {
      const events = manyEvents(make, 3);
      const first = appended(await store.append('a', events, NO_STREAM));
      const again = appended(await store.append('a', events, NO_STREAM));
      expect(again).toMatchObject({ lastRevision: first.lastRevision, position: first.position });
      expect(await everything(store)).toHaveLength(3);
    }),
  );

  it(
    'takes a retry also long after, with later events behind it, and answers with the place of the first try',
    onBench(contract, async ({ store, make }) => {
      await store.append('a', manyEvents(make, 2), NO_STREAM);
      const batch = manyEvents(make, 3);
      const first = appended(await store.append('a', batch, 1));
      await store.append('a', manyEvents(make, 5), 4);
      await store.append('b', manyEvents(make, 5), NO_STREAM);
      const again = appended(await store.append('a', batch, 1));
      expect(again).toMatchObject({ lastRevision: 4, position: first.position });
      expect(await eventsOf(store, 'a')).toHaveLength(10);
    }),
  );

  it(
    'takes a retry of the first events of a longer append',
    onBench(contract, async ({ store, make }) => {
      const events = manyEvents(make, 4);
      await store.append('a', events, NO_STREAM);
      expect(await store.append('a', events.slice(0, 2), NO_STREAM)).toMatchObject({
        kind: 'appended',
        lastRevision: 1,
      });
      expect(await store.append('a', events.slice(2), 1)).toMatchObject({ kind: 'appended', lastRevision: 3 });
      expect(await eventsOf(store, 'a')).toHaveLength(4);
    }),
  );

  it(
    'answers wrong-revision to a half-known batch, whichever half is known',
    onBench(contract, async ({ store, make }) => {
      const [one, two, three] = manyEvents(make, 3) as [
        ReturnType<typeof make>,
        ReturnType<typeof make>,
        ReturnType<typeof make>,
      ];
      await store.append('a', [one, two, three], NO_STREAM);
      const halves = [
        [one, make()],
        [make(), two],
        [one, two, make()],
        [one, three],
        [two, one],
        [one, two, three, make()],
      ];
      for (const half of halves) {
        expect(await store.append('a', half, NO_STREAM)).toEqual({ kind: 'wrong-revision', actualRevision: 2 });
      }
      expect(idsOf(await eventsOf(store, 'a'))).toEqual(idsOf([one, two, three]));
    }),
  );

  it(
    'answers wrong-revision when known ids come at another revision',
    onBench(contract, async ({ store, make }) => {
      const events = manyEvents(make, 4);
      await store.append('a', events, NO_STREAM);
      expect(await store.append('a', events.slice(0, 2), 0)).toEqual({ kind: 'wrong-revision', actualRevision: 3 });
      expect(await store.append('a', events.slice(1, 3), NO_STREAM)).toEqual({
        kind: 'wrong-revision',
        actualRevision: 3,
      });
    }),
  );

  it(
    'does not look at history when the revision is right: the same ids are written again',
    onBench(contract, async ({ store, make }) => {
      const events = manyEvents(make, 2);
      await store.append('a', events, NO_STREAM);
      expect(await store.append('a', events, 1)).toMatchObject({ kind: 'appended', lastRevision: 3 });
      expect(idsOf(await eventsOf(store, 'a'))).toEqual([...idsOf(events), ...idsOf(events)]);
    }),
  );

  it(
    'keeps ids apart by stream: the same event may stand in two',
    onBench(contract, async ({ store, make }) => {
      const event = make();
      await store.append('a', [event], NO_STREAM);
      expect(await store.append('b', [event], NO_STREAM)).toMatchObject({ kind: 'appended', lastRevision: 0 });
      expect(idsOf(await everything(store))).toEqual([event.id, event.id]);
    }),
  );

  if (contract.capabilities.tellsRepeats) {
    it(
      'says of a repeat that it is one, and of a first try that it is none',
      onBench(contract, async ({ store, make }) => {
        const events = manyEvents(make, 2);
        expect(await store.append('a', events, NO_STREAM)).toMatchObject({ repeated: false });
        expect(await store.append('a', events, NO_STREAM)).toMatchObject({ repeated: true });
        expect(await store.append('a', events, 1)).toMatchObject({ repeated: false });
      }),
    );
  }

  if (contract.capabilities.reopens) {
    it(
      'takes a retry also after the store was opened again',
      onBench(contract, async ({ store, make, reopen }) => {
        const events = manyEvents(make, 3);
        const first = appended(await store.append('a', events, NO_STREAM));
        const later = await reopen();
        expect(await later.append('a', events, NO_STREAM)).toMatchObject({ lastRevision: 2, position: first.position });
        expect(await eventsOf(later, 'a')).toHaveLength(3);
      }),
    );
  }
};
