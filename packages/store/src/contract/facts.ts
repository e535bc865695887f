import { expect, it } from '@jest/globals';
import { KIND_UNCERTAIN, NO_STREAM, type AllPage } from '../port.js';
import { onBench, type EventStoreContract } from './bench.js';
import { UNCERTAIN_TYPE, utf8, type Told } from './events.js';

const factsIn = (page: AllPage): Required<Told>[] =>
  Array.from({ length: page.size }, (_, i) => ({ kind: page.kind(i), atMs: page.atMs(i), flags: page.flags(i) }));

export const factCases = (contract: EventStoreContract): void => {
  it(
    'gives in columns what the extractor says, over the whole range of each fact',
    onBench(contract, async ({ store, make }) => {
      const told = [
        { kind: 0, atMs: 0, flags: 0 },
        { kind: 1, atMs: 1_700_000_000_000, flags: 1 },
        { kind: 254, atMs: Number.MAX_SAFE_INTEGER, flags: 2 ** 31 - 1 },
        { kind: 7, atMs: -62_135_596_800_000, flags: 2 ** 30 },
      ];
      await store.append(
        'a',
        told.map((facts) => make({ told: facts })),
        NO_STREAM,
      );
      expect(factsIn(await store.readAll({ after: 'start' }))).toEqual(told);
      expect(factsIn(await store.readAll({ after: 'start', payloadOfKinds: [] }))).toEqual(told);
    }),
  );

  it(
    'gives in columns what the event itself says, low ids with their top bit set too',
    onBench(contract, async ({ store, make }) => {
      const ids = ['00000000', '00000001', '7fffffff', '80000000', 'ffffffff', 'deadbeef'].map(
        (low) => `12345678-1234-4123-8123-1234${low}`,
      );
      await store.append(
        'a',
        ids.map((id) => make({ id })),
        NO_STREAM,
      );
      const page = await store.readAll({ after: 'start' });
      expect(page.size).toBe(ids.length);
      for (let i = 0; i < page.size; i += 1) {
        const event = page.event(i);
        expect(page.idLow32(i)).toBe(Number.parseInt(ids[i]!.slice(-8), 16));
        expect([page.stream(i), page.revision(i)]).toEqual([event.stream, event.revision]);
        expect([page.position(i), page.storedAtMs(i)]).toEqual([event.position, event.storedAtMs]);
        expect(event.id).toBe(ids[i]);
      }
    }),
  );

  it(
    'numbers a stream always alike and no two streams alike, where it numbers them at all',
    onBench(contract, async ({ store, make }) => {
      for (const stream of ['a', 'b', 'a', 'c', 'b', 'a']) await store.append(stream, [make()], 'any');
      const whole = await store.readAll({ after: 'start' });
      const rest = await store.readAll({ after: whole.position(1), streamPrefixes: ['a', 'c'] });
      const named = [whole, rest].flatMap((page) =>
        Array.from({ length: page.size }, (_, i) => ({ stream: page.stream(i), key: page.streamKey(i) })),
      );
      expect(named.map(({ stream }) => stream)).toEqual([...'abacba', ...'aca']);
      const keys = new Map(named.map(({ stream, key }) => [stream, key]));
      expect(named.map(({ key }) => key)).toEqual(named.map(({ stream }) => keys.get(stream)));
      const known = [...keys.values()].filter((key) => key !== undefined);
      expect([0, 3]).toContain(new Set(known).size);
    }),
  );

  it(
    'asks the extractor again where the kind was uncertain, and believes it then',
    onBench(contract, async ({ store, make, learn }) => {
      const facts = { kind: 9, atMs: 123_456, flags: 5 };
      const events = [
        make({ told: { kind: 3 } }),
        make({ type: UNCERTAIN_TYPE, told: facts }),
        make({ told: { kind: 4 } }),
      ];
      await store.append('a', events, NO_STREAM);
      const early = factsIn(await store.readAll({ after: 'start' }));
      expect(early.map(({ kind }) => kind)).toEqual([3, KIND_UNCERTAIN, 4]);
      learn();
      for (const payloadOfKinds of [[], [9], [3, 9]]) {
        const page = await store.readAll({ after: 'start', payloadOfKinds });
        expect(factsIn(page)[1]).toEqual(facts);
        expect(page.event(1).id).toBe(events[1]!.id);
      }
    }),
  );

  it(
    'keeps an event whose bytes the extractor cannot read',
    onBench(contract, async ({ store, make }) => {
      const contentType = 'application/octet-stream';
      await store.append('a', [make({ contentType, data: utf8('{"kind":') }), make({ told: { kind: 2 } })], NO_STREAM);
      const page = await store.readAll({ after: 'start' });
      expect([page.kind(0), page.kind(1)]).toEqual([0, 2]);
    }),
  );

  if (contract.capabilities.reopens) {
    it(
      'gives the same facts after the log was opened again',
      onBench(contract, async ({ store, make, learn, reopen }) => {
        const facts = { kind: 9, atMs: 123_456, flags: 5 };
        await store.append('a', [make({ told: facts }), make({ type: UNCERTAIN_TYPE, told: facts })], NO_STREAM);
        learn();
        const later = await reopen();
        expect(factsIn(await later.readAll({ after: 'start' }))).toEqual([facts, facts]);
      }),
    );
  }
};
