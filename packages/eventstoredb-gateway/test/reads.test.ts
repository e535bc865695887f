import { status } from '@grpc/grpc-js';
import { describe, expect, it } from '@jest/globals';
import { jsonEvents } from './support/appending.js';
import { withBench, type Bench } from './support/bench.js';
import { stringId } from './support/raw-client.js';
import { readInWords, readRequestOf, type FilterWish, type ReadWish } from './support/reading.js';

const COUNT = 1000;

/** The gateway's first event at 1; then a/0, b/0, a/1, b/1 … at 2, 3, 4, 5 … */
const withTwoStreams = (work: (bench: Bench) => Promise<void>, rounds = 3): Promise<void> =>
  withBench(async (bench) => {
    for (let i = 0; i < rounds; i += 1) {
      await bench.client.appendToStream('a', jsonEvents(1, 'red'));
      await bench.client.appendToStream('b', jsonEvents(1, i % 2 === 0 ? 'blue' : 'red'));
    }
    await work(bench);
  });

const words = async ({ raw }: Bench, wish: ReadWish): Promise<readonly string[]> => {
  const end = await readInWords(raw, { count: COUNT, ...wish });
  expect(end.details).toBe('');
  return end.words;
};

const failure = async ({ raw }: Bench, wish: ReadWish): Promise<number> => (await readInWords(raw, wish)).code;

const ALL = ['$gateway/0', 'a/0', 'b/0', 'a/1', 'b/1', 'a/2', 'b/2'];

describe('reading a stream', () => {
  it('forwards from a revision and backwards from one, both inclusive', () =>
    withTwoStreams(async (bench) => {
      expect(await words(bench, { stream: 'a' })).toEqual(['a/0', 'a/1', 'a/2']);
      expect(await words(bench, { stream: 'a', from: 1n })).toEqual(['a/1', 'a/2']);
      expect(await words(bench, { stream: 'a', from: 3n })).toEqual([]);
      expect(await words(bench, { stream: 'a', backwards: true })).toEqual(['a/2', 'a/1', 'a/0']);
      expect(await words(bench, { stream: 'a', backwards: true, from: 1n })).toEqual(['a/1', 'a/0']);
      expect(await words(bench, { stream: 'a', backwards: true, from: 99n })).toEqual(['a/2', 'a/1', 'a/0']);
      expect(await words(bench, { stream: 'a', backwards: true, from: 'start' })).toEqual(['a/0']);
      expect(await words(bench, { stream: 'a', count: 2 })).toEqual(['a/0', 'a/1']);
      expect(await words(bench, { stream: 'a', backwards: true, count: 2 })).toEqual(['a/2', 'a/1']);
    }));

  it('that is not there says so and ends well (row 17)', () =>
    withBench(async (bench) => {
      expect(await words(bench, { stream: 'x' })).toEqual(['not-found']);
      expect(await words(bench, { stream: 'x', backwards: true })).toEqual(['not-found']);
      expect(await words(bench, { stream: 'x', compatibility: 1 })).toEqual(['not-found']);
    }));

  it('for no event, or forwards from the end, is code 2', () =>
    withTwoStreams(async (bench) => {
      expect(await failure(bench, { stream: 'a', count: 0 })).toBe(status.UNKNOWN);
      expect(await failure(bench, { stream: 'a', count: 0, backwards: true })).toBe(status.UNKNOWN);
      expect(await failure(bench, { stream: 'a', count: 1, from: 'end' })).toBe(status.UNKNOWN);
    }));

  it('tells newer clients where the stream begins and ends', () =>
    withTwoStreams(async (bench) => {
      expect(await words(bench, { stream: 'a', count: 1, compatibility: 1 })).toEqual(['a/0', 'last 2']);
      await bench.client.setStreamMetadata('a', { truncateBefore: 3 });
      expect(await words(bench, { stream: 'a', compatibility: 1 })).toEqual(['first 3', 'last 2']);
    }));

  it('gives every event with its bytes, place, time and either form of id', () =>
    withBench(async ({ raw, store }) => {
      const id = 'fedcba98-7654-4321-8123-456789abcdef';
      const data = Uint8Array.from({ length: 256 }, (_, i) => i);
      await raw.append('ä', 'any', [
        { id: stringId(id), data, metadata: data, properties: { type: 'ü', 'content-type': 'text/plain' } },
      ]);
      const { storedAtMs } = (await store.readAll({ after: 'start' })).event(1);
      for (const uuid of ['string', 'structured'] as const) {
        const { answer } = await raw.read(readRequestOf({ stream: 'ä', count: 1, uuid }));
        const read = answer![0]!.getEvent()!;
        const event = read.getEvent()!;
        expect(Buffer.from(event.getData_asU8())).toEqual(Buffer.from(data));
        expect(Buffer.from(event.getCustomMetadata_asU8())).toEqual(Buffer.from(data));
        expect(Object.fromEntries(event.getMetadataMap().toArray())).toEqual({
          type: 'ü',
          'content-type': 'application/octet-stream',
          created: `${storedAtMs}0000`,
        });
        expect([event.getCommitPosition(), event.getPreparePosition(), read.getCommitPosition()]).toEqual([
          '2',
          '2',
          '2',
        ]);
        if (uuid === 'string') expect(event.getId()!.getString()).toBe(id);
        else {
          expect(event.getId()!.getStructured()!.toObject()).toEqual({
            mostSignificantBits: BigInt.asIntN(64, 0xfedcba9876544321n).toString(),
            leastSignificantBits: BigInt.asIntN(64, 0x8123456789abcdefn).toString(),
          });
        }
      }
    }));
});

describe('reading the whole log', () => {
  it('forwards from a position inclusive, backwards exclusive (row 18)', () =>
    withTwoStreams(async (bench) => {
      expect(await words(bench, { all: true })).toEqual(ALL);
      expect(await words(bench, { all: true, from: 4n })).toEqual(ALL.slice(3));
      expect(await words(bench, { all: true, from: [4n, 0n] })).toEqual(ALL.slice(3));
      expect(await words(bench, { all: true, from: 0n })).toEqual(ALL);
      expect(await words(bench, { all: true, from: 'end' })).toEqual([]);
      expect(await words(bench, { all: true, from: 1000n })).toEqual([]);
      expect(await words(bench, { all: true, backwards: true })).toEqual(ALL.toReversed());
      expect(await words(bench, { all: true, backwards: true, from: 4n })).toEqual(ALL.slice(0, 3).toReversed());
      expect(await words(bench, { all: true, backwards: true, from: 'start' })).toEqual([]);
      expect(await words(bench, { all: true, count: 2 })).toEqual(ALL.slice(0, 2));
      expect(await words(bench, { all: true, backwards: true, count: 2 })).toEqual(ALL.toReversed().slice(0, 2));
    }));

  it('from a place that is none is code 2 (row 18)', () =>
    withTwoStreams(async (bench) => {
      for (const from of [
        [3n, 4n],
        [2n ** 63n, 0n],
      ] as const) {
        expect(await failure(bench, { all: true, count: 1, from })).toBe(status.UNKNOWN);
        expect(await failure(bench, { all: true, subscribe: true, from })).toBe(status.UNKNOWN);
      }
      expect(await failure(bench, { all: true, count: 1, backwards: true, from: 1000n })).toBe(status.UNKNOWN);
    }));

  it('between two events is code 2, where positions have gaps (row 18)', () =>
    withBench(
      async (bench) => {
        await bench.client.appendToStream('a', jsonEvents(40));
        for (const wish of [{ count: 5 }, { count: 5, backwards: true }, { subscribe: true }] as const) {
          expect(await failure(bench, { all: true, from: 15n, ...wish })).toBe(status.UNKNOWN);
        }
        expect(await words(bench, { all: true, from: 20n, count: 2 })).toEqual(['a/0', 'a/1']);
        expect(await words(bench, { all: true, backwards: true, from: 30n })).toEqual(['a/0', '$gateway/0']);
        expect((await words(bench, { all: true, backwards: true })).length).toBe(41);
      },
      // Every tenth number is a position.
      {
        positionToNumber: (position) => Number(position) * 10,
        positionFromNumber: (number) => String(Math.floor(number / 10)) as never,
      },
    ));

  it('for no event ends at once, which on a node it never does', () =>
    withTwoStreams(async (bench) => expect(await words(bench, { all: true, count: 0 })).toEqual([])));

  it('reads thousands of events in both directions, and stops at the count', () =>
    withBench(async (bench) => {
      for (let i = 0; i < 3; i += 1) await bench.client.appendToStream(`s${i}`, jsonEvents(1000));
      const forwards = await words(bench, { all: true, count: 10_000 });
      expect(forwards.length).toBe(3001);
      expect(await words(bench, { all: true, backwards: true, count: 10_000 })).toEqual(forwards.toReversed());
      expect(await words(bench, { all: true, backwards: true, count: 1234 })).toEqual(
        forwards.toReversed().slice(0, 1234),
      );
      const filter: FilterWish = { on: 'stream', prefixes: ['s1'] };
      expect(await words(bench, { all: true, count: 10_000, filter })).toEqual(forwards.slice(1001, 2001));
    }));
});

describe('filters', () => {
  it.each<[string, FilterWish, string[]]>([
    ['stream prefix', { on: 'stream', prefixes: ['a'] }, ['a/0', 'a/1', 'a/2']],
    ['two stream prefixes', { on: 'stream', prefixes: ['a', '$'] }, ['$gateway/0', 'a/0', 'a/1', 'a/2']],
    ['stream regex', { on: 'stream', regex: '^[b-z]' }, ['b/0', 'b/1', 'b/2']],
    ['type prefix', { on: 'type', prefixes: ['bl'] }, ['b/0', 'b/2']],
    ['type regex anywhere in it', { on: 'type', regex: 'lu' }, ['b/0', 'b/2']],
    ['system events excluded', { on: 'type', regex: '^[^$].*' }, ALL.slice(1)],
    ['system events excluded, as the Python client says it', { on: 'type', regex: '^(?!(\\$.+)$)' }, ALL.slice(1)],
    ['no prefix at all', { on: 'type', prefixes: [] }, []],
    ['a window of the server', { on: 'type', prefixes: ['bl'], window: 'count' }, ['b/0', 'b/2']],
    ['a window of one', { on: 'type', prefixes: ['bl'], window: 1 }, ['b/0', 'b/2']],
  ])('by %s, in both directions', (_what, filter, expected) =>
    withTwoStreams(async (bench) => {
      expect(await words(bench, { all: true, filter })).toEqual(expected);
      expect(await words(bench, { all: true, backwards: true, filter })).toEqual(expected.toReversed());
      expect(await words(bench, { all: true, filter, count: 1 })).toEqual(expected.slice(0, 1));
    }),
  );

  it('see a tombstone as an event of its stream', () =>
    withTwoStreams(async (bench) => {
      await bench.client.tombstoneStream('b');
      const last = 'b/9223372036854775807';
      expect((await words(bench, { all: true, filter: { on: 'stream', prefixes: ['b'] } })).at(-1)).toBe(last);
      expect(await words(bench, { all: true, filter: { on: 'type', prefixes: ['$streamDeleted'] } })).toEqual([last]);
    }));

  it('without a window are code 3, with a multiplier of 0 code 2, with a bad regex code 2 (row 20)', () =>
    withTwoStreams(async (bench) => {
      const code = (filter: FilterWish, rest: ReadWish = { count: 1 }): Promise<number> =>
        failure(bench, { all: true, filter, ...rest });
      const prefixes = ['a'];
      expect(await code({ on: 'type', prefixes, window: 'unset' })).toBe(status.INVALID_ARGUMENT);
      expect(await code({ on: 'unset' })).toBe(status.INVALID_ARGUMENT);
      expect(await code({ on: 'type', prefixes, multiplier: 0 }, { subscribe: true })).toBe(status.UNKNOWN);
      expect(await code({ on: 'type', prefixes, window: 0 }, { subscribe: true })).toBe(status.UNKNOWN);
      expect(await code({ on: 'type', regex: '(' })).toBe(status.UNKNOWN);
      expect(await code({ on: 'type', regex: 'a(?=b)' })).toBe(status.UNKNOWN);
      expect(await code({ on: 'type', regex: '(a)\\1' })).toBe(status.UNKNOWN);
      expect(await code({ on: 'type', regex: `${'.{900}'.repeat(3)}` })).toBe(status.UNKNOWN);
      expect(await code({ on: 'type', regex: 'a'.repeat(513) })).toBe(status.UNKNOWN);
      expect(await code({ on: 'type', prefixes: Array.from({ length: 101 }, () => 'a') })).toBe(
        status.INVALID_ARGUMENT,
      );
    }));
});

describe('the combinations', () => {
  const filter: FilterWish = { on: 'type', prefixes: ['a'] };
  it.each<[string, ReadWish]>([
    ['(Stream, Count, Forwards, Filter)', { stream: 'a', count: 1, filter }],
    ['(Stream, Count, Backwards, Filter)', { stream: 'a', count: 1, backwards: true, filter }],
    ['(Stream, Subscription, Forwards, Filter)', { stream: 'a', subscribe: true, filter }],
    ['(Stream, Subscription, Backwards, NoFilter)', { stream: 'a', subscribe: true, backwards: true }],
    ['(All, Subscription, Backwards, NoFilter)', { all: true, subscribe: true, backwards: true }],
    ['(All, Subscription, Backwards, Filter)', { all: true, subscribe: true, backwards: true, filter }],
    ['(Stream, None, Forwards, NoFilter)', { stream: 'a' }],
    ['(All, None, Forwards, NoFilter)', { all: true }],
    ['(All, Count, Forwards, None)', { all: true, count: 1, filterUnset: true }],
  ])('%s is refused with code 3, in the words of a node (row 19)', (name, wish) =>
    withBench(async ({ raw }) => {
      const end = await readInWords(raw, wish);
      expect(end).toMatchObject({ code: status.INVALID_ARGUMENT, details: `The combination of ${name} is invalid.` });
    }),
  );

  it('a request for nothing is refused with code 3', () =>
    withBench(async ({ raw }) =>
      expect(await readInWords(raw, { count: 1 })).toMatchObject({ code: status.INVALID_ARGUMENT }),
    ));
});

describe('links', () => {
  const link = (text: string): object => ({
    data: Buffer.from(text),
    properties: { type: '$>', 'content-type': 'application/octet-stream' },
  });

  it('are followed when that is asked for, and only to events that can be seen and may be read', () =>
    withBench(
      async (bench) => {
        await bench.client.appendToStream('a', jsonEvents(2));
        await bench.client.appendToStream('secret', jsonEvents(1));
        await bench.raw.append('links', 'any', ['1@a', '0@a', '7@a', 'nonsense', '0@secret', '0@missing'].map(link));
        await bench.client.setStreamMetadata('a', { truncateBefore: 1 });
        expect(await words(bench, { stream: 'links', resolveLinks: true })).toEqual([
          'a/1',
          ...Array.from({ length: 5 }, () => 'unresolved link'),
        ]);
        expect((await words(bench, { stream: 'links' })).slice(0, 2)).toEqual(['links/0', 'links/1']);
        expect((await words(bench, { all: true, resolveLinks: true })).filter((word) => word === 'a/1').length).toBe(2);
      },
      { authorize: ({ action, stream }) => (action === 'read' && stream === 'secret' ? 'denied' : 'ok') },
    ));
});
