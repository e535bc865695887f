import { describe, expect, it } from '@jest/globals';
import { readWholeStream } from '@lapse/store';
import { memoryStore, withBench, type Bench } from './support/bench.js';
import { all, newIds, WAYS } from './support/appending.js';

const wrong = (expected: string, actual: number): object => ({ kind: 'wrong-expected-version', expected, actual });
const done = (revision: number, position?: number): object => ({ kind: 'success', revision, position });
/** The gateway's own first event stands at position 1. */
const FIRST = 2;

const idsIn = async ({ store }: Bench, stream: string): Promise<readonly string[]> => {
  const page = await store.readStream(stream, { maxCount: 1000 });
  return page.kind === 'page' ? page.events.map(({ id }) => id) : [];
};

describe.each(WAYS)('the table of appends, by %s', (_name, append) => {
  it.each([1, 2, 500])('an explicit revision with the same %i ids again is the append that it was (row 1)', (count) =>
    withBench(async (bench) => {
      const [ids, more] = [newIds(count), newIds(3)];
      expect(await append(bench.raw, 'a', 'no_stream', ids)).toEqual(done(count - 1, FIRST + count - 1));
      expect(await append(bench.raw, 'a', BigInt(count - 1), more)).toMatchObject({ kind: 'success' });
      expect(await append(bench.raw, 'a', 'no_stream', ids)).toEqual(done(count - 1, FIRST + count - 1));
      expect(await append(bench.raw, 'a', BigInt(count - 1), more.slice(0, 2))).toEqual(
        done(count + 1, FIRST + count + 1),
      );
      expect(await idsIn(bench, 'a')).toEqual([...ids, ...more]);
    }),
  );

  it('a repeat at an explicit revision is known after a restart too (row 1)', async () => {
    const store = memoryStore();
    const ids = newIds(2);
    await withBench(async ({ raw }) => void (await append(raw, 'a', 'no_stream', ids)), { store });
    await withBench(async ({ raw }) => expect(await append(raw, 'a', 'no_stream', ids)).toEqual(done(1, FIRST + 1)), {
      store,
    });
  });

  it('at the right revision the same ids are written again (row 2)', () =>
    withBench(async (bench) => {
      const ids = newIds(2);
      await append(bench.raw, 'a', 'no_stream', ids);
      expect(await append(bench.raw, 'a', 1n, ids)).toEqual(done(3, FIRST + 3));
      expect(await idsIn(bench, 'a')).toEqual([...ids, ...ids]);
    }));

  it('beyond the end, at the first and at a later foreign id, the revision is wrong', () =>
    withBench(async ({ raw }) => {
      const [x, y, z] = newIds(3) as [string, string, string];
      await append(raw, 'a', 'no_stream', [x, y]);
      expect(await append(raw, 'a', 2n, [z])).toEqual(wrong('2', 1));
      expect(await append(raw, 'a', 9_007_199_254_740_993n, [z])).toEqual(wrong('9007199254740993', 1));
      expect(await append(raw, 'a', 'no_stream', [z])).toEqual(wrong('no_stream', 1));
      expect(await append(raw, 'a', 'no_stream', [x, z])).toEqual(wrong('no_stream', 1));
      expect(await append(raw, 'a', 'no_stream', [x, y, z])).toEqual(wrong('no_stream', 1));
      expect(await append(raw, 'missing', 0n, [z])).toEqual(wrong('0', -1));
    }));

  it.each(['any', 'stream_exists'] as const)('%s knows its ids until a restart (row 3)', async (expected) => {
    const store = memoryStore();
    const ids = newIds(2);
    await withBench(
      async ({ raw }) => {
        await append(raw, 'a', 'any', ids);
        await append(raw, 'a', 'any', newIds(1));
        expect(await append(raw, 'a', expected, ids)).toEqual(done(1, FIRST + 1));
      },
      { store },
    );
    await withBench(async ({ raw }) => expect(await append(raw, 'a', expected, ids)).toEqual(done(4, FIRST + 4)), {
      store,
    });
    expect((await all(readWholeStream(store, 'a'))).length).toBe(5);
  });

  it('any: a known first id and an unknown later one conflict, an unknown first one is written (row 4)', () =>
    withBench(async ({ raw }) => {
      const [x, y] = newIds(2) as [string, string];
      await append(raw, 'a', 'any', [x]);
      expect(await append(raw, 'a', 'any', [x, y])).toEqual(wrong('any', 0));
      expect(await append(raw, 'a', 'any', [y, x])).toEqual(done(2, FIRST + 2));
    }));

  it('any: ids that another stream stored first are written, each time (row 5)', () =>
    withBench(async (bench) => {
      const ids = newIds(2);
      await append(bench.raw, 'a', 'any', ids);
      await append(bench.raw, 'b', 'any', ids);
      expect(await append(bench.raw, 'b', 'any', ids)).toEqual(done(3, FIRST + 5));
      expect(await append(bench.raw, 'a', 'any', ids)).toEqual(done(1, FIRST + 1));
    }));

  it('any: ids in reverse order get an answer, which a node does not give', () =>
    withBench(async ({ raw }) => {
      const ids = newIds(4);
      await append(raw, 'a', 'any', ids);
      expect(await append(raw, 'a', 'any', ids.toReversed())).toEqual(done(0, FIRST));
    }));

  it('ids written at an explicit revision are known to any as well', () =>
    withBench(async ({ raw }) => {
      const ids = newIds(2);
      await append(raw, 'a', 'no_stream', ids);
      expect(await append(raw, 'a', 'any', ids)).toEqual(done(1, FIRST + 1));
    }));

  it('the memory for any is bounded by bytes and forgets the oldest first', () =>
    withBench(
      async ({ raw }) => {
        const ids = newIds(10);
        for (const id of ids) await append(raw, 'a', 'any', [id]);
        expect(await append(raw, 'a', 'any', ids.slice(-1))).toMatchObject({ revision: 9 });
        expect(await append(raw, 'a', 'any', ids.slice(0, 1))).toMatchObject({ revision: 10 });
      },
      { limits: { recentIdsBytesMax: 300 } },
    ));

  it('an empty append checks and writes nothing', () =>
    withBench(async (bench) => {
      const { raw } = bench;
      expect(await append(raw, 'a', 'any', [])).toEqual(done(-1));
      expect(await append(raw, 'a', 'no_stream', [])).toEqual(done(-1));
      expect(await append(raw, 'a', 'stream_exists', [])).toEqual(wrong('stream_exists', -1));
      await append(raw, 'a', 'no_stream', newIds(2));
      expect(await append(raw, 'a', 1n, [])).toEqual(done(1));
      expect(await append(raw, 'a', 'stream_exists', [])).toEqual(done(1));
      expect(await append(raw, 'a', 0n, [])).toEqual(wrong('0', 1));
      expect((await idsIn(bench, 'a')).length).toBe(2);
    }));

  it('stream_exists wants a stream, or metadata of one', () =>
    withBench(async ({ raw, client }) => {
      expect(await append(raw, 'a', 'stream_exists', newIds(1))).toEqual(wrong('stream_exists', -1));
      await client.setStreamMetadata('a', { cacheControl: 1 });
      expect(await append(raw, 'a', 'stream_exists', newIds(1))).toMatchObject({ kind: 'success', revision: 0 });
    }));

  describe('a soft-deleted stream', () => {
    it.each(['no_stream', 'any'] as const)('takes its original ids with %s as a repeat and stays away (row 6)', (how) =>
      withBench(async ({ raw, client }) => {
        const ids = newIds(3);
        await append(raw, 'a', 'no_stream', ids);
        await client.deleteStream('a');
        expect(await append(raw, 'a', how, ids)).toEqual(done(2));
        await expect(all(client.readStream('a'))).rejects.toMatchObject({
          type: 'stream-not-found',
        });
      }),
    );

    it.each([
      ['no_stream', 'no_stream'],
      ['any', 'any'],
      ['the right revision', 1n],
    ] as const)('goes on with new ids and %s at the next revision, and shows no gap (row 7)', (_how, expected) =>
      withBench(async (bench) => {
        const { raw, client } = bench;
        await append(raw, 'a', 'no_stream', newIds(2));
        await client.deleteStream('a');
        expect(await append(raw, 'a', expected, newIds(2))).toMatchObject({ kind: 'success', revision: 3 });
        const read = await all(client.readStream('a'));
        expect(read.map(({ event }) => event!.revision)).toEqual([2n, 3n]);
        expect((await client.getStreamMetadata('a')).metadata).toMatchObject({ truncateBefore: 2 });
        expect((await idsIn(bench, 'a')).length).toBe(4);
      }),
    );

    it('is refused to stream_exists, and other revisions are wrong', () =>
      withBench(async ({ raw, client }) => {
        const [x, y, z] = newIds(3) as [string, string, string];
        await append(raw, 'a', 'no_stream', [x, y]);
        await client.deleteStream('a');
        expect(await append(raw, 'a', 'stream_exists', [z])).toEqual({ kind: 'stream-deleted' });
        expect(await append(raw, 'a', 0n, [z])).toEqual(wrong('0', 1));
        expect(await append(raw, 'a', 5n, [z])).toEqual(wrong('5', 1));
        expect(await append(raw, 'a', 'no_stream', [x, z])).toEqual(wrong('no_stream', 1));
        expect(await append(raw, 'a', 0n, [])).toEqual(wrong('0', 1));
      }));

    it('comes back, empty, with an empty append', () =>
      withBench(async ({ raw, client }) => {
        await append(raw, 'a', 'no_stream', newIds(2));
        await client.deleteStream('a');
        expect(await append(raw, 'a', 'any', [])).toEqual(done(1));
        expect(await all(client.readStream('a'))).toEqual([]);
      }));
  });

  it('a tombstoned stream refuses everything (row 8)', () =>
    withBench(async ({ raw, client }) => {
      const ids = newIds(1);
      await append(raw, 'a', 'no_stream', ids);
      await client.tombstoneStream('a');
      for (const expected of ['any', 'no_stream', 'stream_exists', 0n, 5n] as const) {
        expect(await append(raw, 'a', expected, ids)).toEqual({ kind: 'stream-deleted' });
        expect(await append(raw, '$$a', expected, newIds(1))).toEqual({ kind: 'stream-deleted' });
      }
    }));

  it('the position of a repeat is told only while its events can be seen', () =>
    withBench(async ({ raw, client }) => {
      const ids = newIds(3);
      await append(raw, 'a', 'no_stream', ids);
      await append(raw, 'a', 2n, newIds(1));
      await client.setStreamMetadata('a', { truncateBefore: 3 });
      expect(await append(raw, 'a', 'no_stream', ids)).toEqual(done(2));
      expect(await append(raw, 'a', 'any', ids)).toEqual(done(2));
    }));

  it('2^64-1 means no stream, 2^63 is no revision (row 9)', () =>
    withBench(async ({ raw }) => {
      expect(await append(raw, 'a', 2n ** 64n - 1n, newIds(1))).toMatchObject({ kind: 'success', revision: 0 });
      expect(await append(raw, 'a', 2n ** 63n, newIds(1))).toMatchObject({ kind: 'refused' });
    }));

  it('a thousand appends to one stream with any share the store, and each is written once', () =>
    withBench(async (bench) => {
      const ids = newIds(1000);
      await Promise.all(ids.map((id) => append(bench.raw, 'a', 'any', [id])));
      expect(new Set(await idsIn(bench, 'a'))).toEqual(new Set(ids));
      expect((await idsIn(bench, 'a')).length).toBe(1000);
    }));

  it('forty equal appends at once write one copy and all succeed, which a node does not offer', () =>
    withBench(async (bench) => {
      for (const [stream, expected] of [
        ['a', 'no_stream'],
        ['b', 'any'],
      ] as const) {
        const ids = newIds(2);
        const outcomes = await Promise.all(Array.from({ length: 40 }, () => append(bench.raw, stream, expected, ids)));
        expect(new Set(outcomes.map((outcome) => JSON.stringify(outcome))).size).toBe(1);
        expect(await idsIn(bench, stream)).toEqual(ids);
      }
    }));
});
