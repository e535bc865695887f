import { expect, it } from '@jest/globals';
import { NO_STREAM } from '../port.js';
import { onBench, type EventStoreContract } from './bench.js';
import { manyEvents } from './events.js';
import { appended, everything, eventsOf, idsOf, written } from './look.js';

export const appendCases = (contract: EventStoreContract): void => {
  it(
    'gives the events of a new stream the revisions 0, 1, 2 and keeps what was handed in',
    onBench(contract, async ({ store, make }) => {
      const events = manyEvents(make, 3);
      const result = appended(await store.append('a', events, NO_STREAM));
      expect(result).toMatchObject({ lastRevision: 2, repeated: false });
      const stored = await eventsOf(store, 'a');
      expect(stored.map(written)).toEqual(events.map(written));
      expect(stored.map(({ revision }) => revision)).toEqual([0, 1, 2]);
      expect(stored.map(({ stream }) => stream)).toEqual(['a', 'a', 'a']);
      expect(stored.every(({ storedAtMs }) => Number.isSafeInteger(storedAtMs))).toBe(true);
    }),
  );

  it(
    'answers with the position of the last event of the append',
    onBench(contract, async ({ store, make }) => {
      const result = appended(await store.append('a', manyEvents(make, 3), NO_STREAM));
      expect((await eventsOf(store, 'a')).at(-1)?.position).toBe(result.position);
      expect(await store.headPosition()).toBe(result.position);
    }),
  );

  it(
    'counts revisions for each stream on its own and goes on where a stream ended',
    onBench(contract, async ({ store, make }) => {
      await store.append('a', manyEvents(make, 2), NO_STREAM);
      expect(await store.append('b', [make()], NO_STREAM)).toMatchObject({ kind: 'appended', lastRevision: 0 });
      expect(await store.append('a', manyEvents(make, 2), 1)).toMatchObject({ kind: 'appended', lastRevision: 3 });
      expect((await eventsOf(store, 'a')).map(({ revision }) => revision)).toEqual([0, 1, 2, 3]);
    }),
  );

  it(
    'answers wrong-revision with the real one, and throws nothing, when the stream has moved on',
    onBench(contract, async ({ store, make }) => {
      await store.append('a', manyEvents(make, 3), NO_STREAM);
      for (const expected of [NO_STREAM, 0, 1]) {
        expect(await store.append('a', [make()], expected)).toEqual({ kind: 'wrong-revision', actualRevision: 2 });
      }
      expect(await eventsOf(store, 'a')).toHaveLength(3);
    }),
  );

  it(
    'answers wrong-revision when the stream is shorter than expected, or missing (-1)',
    onBench(contract, async ({ store, make }) => {
      await store.append('a', [make()], NO_STREAM);
      expect(await store.append('a', [make()], 1)).toEqual({ kind: 'wrong-revision', actualRevision: 0 });
      expect(await store.append('missing', [make()], 0)).toEqual({ kind: 'wrong-revision', actualRevision: -1 });
      expect(await store.readStream('missing')).toEqual({ kind: 'no-stream' });
    }),
  );

  it(
    'writes at any revision when asked to, also the first event of a stream',
    onBench(contract, async ({ store, make }) => {
      const events = manyEvents(make, 3);
      for (const [i, event] of events.entries()) {
        expect(await store.append('a', [event], 'any')).toMatchObject({ kind: 'appended', lastRevision: i });
      }
      expect(idsOf(await eventsOf(store, 'a'))).toEqual(idsOf(events));
    }),
  );

  it(
    'takes an empty list as a question about the revision and writes nothing',
    onBench(contract, async ({ store, make }) => {
      const nothing = { kind: 'appended', position: undefined, repeated: false };
      expect(await store.append('a', [], NO_STREAM)).toEqual({ ...nothing, lastRevision: -1 });
      expect(await store.append('a', [], 'any')).toEqual({ ...nothing, lastRevision: -1 });
      expect(await store.append('a', [], 0)).toEqual({ kind: 'wrong-revision', actualRevision: -1 });
      await store.append('a', manyEvents(make, 2), NO_STREAM);
      expect(await store.append('a', [], 1)).toEqual({ ...nothing, lastRevision: 1 });
      expect(await store.append('a', [], 'any')).toEqual({ ...nothing, lastRevision: 1 });
      for (const expected of [NO_STREAM, 0, 2]) {
        expect(await store.append('a', [], expected)).toEqual({ kind: 'wrong-revision', actualRevision: 1 });
      }
      expect(await everything(store)).toHaveLength(2);
    }),
  );

  it(
    'takes 1 000 events in one append, in order',
    onBench(contract, async ({ store, make }) => {
      const events = manyEvents(make, 1000);
      expect(await store.append('a', events, NO_STREAM)).toMatchObject({ kind: 'appended', lastRevision: 999 });
      expect((await eventsOf(store, 'a')).map(written)).toEqual(events.map(written));
    }),
  );

  it(
    'writes all events of an append or none: a refused one leaves no trace',
    onBench(contract, async ({ store, make }) => {
      await store.append('a', [make()], NO_STREAM);
      const bad = [make(), make({ id: 'no-uuid' }), make()];
      await expect(store.append('a', bad, 0)).rejects.toMatchObject({ code: 'bad-event-id' });
      await expect(store.append('a', manyEvents(make, 3), 5)).resolves.toMatchObject({ kind: 'wrong-revision' });
      expect(await everything(store)).toHaveLength(1);
    }),
  );
};
