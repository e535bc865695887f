import { status, type ServiceError } from '@grpc/grpc-js';
import { describe, expect, it } from '@jest/globals';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import { Empty, streamIdentifier, type DeleteResp } from '../src/wire/messages.js';
import { all, jsonEvents } from './support/appending.js';
import { withBench, type Bench, type BenchOptions } from './support/bench.js';
import type { Expected } from './support/raw-client.js';

const NOT_FOUND = { type: 'stream-not-found' };
const DELETED = { type: 'stream-deleted' };

const { DeleteReq, TombstoneReq } = streams;

type Ended = { code: number; trailers: object } | { position: number };

const remove = async (
  { raw }: Bench,
  how: 'delete' | 'tombstone',
  stream: string,
  expected: Expected,
): Promise<Ended> => {
  const request = how === 'delete' ? new DeleteReq() : new TombstoneReq();
  const options = how === 'delete' ? new DeleteReq.Options() : new TombstoneReq.Options();
  options.setStreamIdentifier(streamIdentifier(stream));
  if (expected === 'any') options.setAny(new Empty());
  else if (expected === 'no_stream') options.setNoStream(new Empty());
  else if (expected === 'stream_exists') options.setStreamExists(new Empty());
  else if (expected !== 'unset') options.setRevision(expected.toString());
  request.setOptions(options);
  const { error, answer } = await raw.unary<DeleteResp>(raw.streams, how, request);
  if (error === undefined) return { position: Number(answer!.getPosition()!.getCommitPosition()) };
  return { code: error.code, trailers: trailersOf(error) };
};

const trailersOf = ({ metadata }: ServiceError): object => {
  const { date: _date, 'content-type': _type, ...rest } = metadata.getMap();
  return rest;
};

const wrong = (stream: string, expected: string, actual: number): Ended => ({
  code: status.FAILED_PRECONDITION,
  trailers: {
    exception: 'wrong-expected-version',
    'stream-name': stream,
    'expected-version': expected,
    'actual-version': String(actual),
  },
});

const accessDenied: Ended = { code: status.PERMISSION_DENIED, trailers: { exception: 'access-denied' } };

/** Runs the work and then says that no event of the stream has gone from the store. */
const keepingTheTruth = (
  stream: string,
  count: number,
  work: (bench: Bench) => Promise<void>,
  options?: BenchOptions,
) =>
  withBench(async (bench) => {
    await bench.client.appendToStream(stream, jsonEvents(count));
    await work(bench);
    const page = await bench.store.readStream(stream);
    expect(page.kind === 'page' ? page.events.length : 0).toBeGreaterThanOrEqual(count);
  }, options);

const revisions = async ({ client }: Bench, stream: string, backwards = false): Promise<number[]> => {
  const read = client.readStream(
    stream,
    backwards ? { direction: 'backwards', fromRevision: 'end' } : { direction: 'forwards' },
  );
  return (await all(read)).map(({ event }) => Number(event!.revision));
};

describe('deleting', () => {
  it('softly hides every event, can be said again, and never touches the store (row 17)', () =>
    keepingTheTruth('a', 4, async (bench) => {
      for (let i = 0; i < 2; i += 1) {
        expect(await remove(bench, 'delete', 'a', 'any')).toHaveProperty('position');
        await expect(revisions(bench, 'a')).rejects.toMatchObject(NOT_FOUND);
        await expect(revisions(bench, 'a', true)).rejects.toMatchObject(NOT_FOUND);
      }
      expect(await bench.client.getStreamMetadata('a')).toMatchObject({
        metadata: { truncateBefore: Number(2n ** 63n) },
      });
    }));

  it('for ever leaves an error for readers, and an event in the whole log at the revision of a node', () =>
    keepingTheTruth('a', 2, async (bench) => {
      await remove(bench, 'tombstone', 'a', 1n);
      await expect(revisions(bench, 'a')).rejects.toMatchObject(DELETED);
      await expect(bench.client.getStreamMetadata('a')).rejects.toMatchObject(DELETED);
      expect((await all(bench.client.readAll())).at(-1)!.event).toMatchObject({
        streamId: 'a',
        type: '$streamDeleted',
        revision: 9223372036854775807n,
      });
      for (const how of ['delete', 'tombstone'] as const) {
        expect(await remove(bench, how, 'a', 'any')).toEqual({
          code: status.FAILED_PRECONDITION,
          trailers: { exception: 'stream-deleted', 'stream-name': 'a' },
        });
      }
    }));

  it('for ever is known after a restart', () =>
    keepingTheTruth('a', 1, async ({ client, store }) => {
      await client.tombstoneStream('a');
      await withBench(async (again) => expect(revisions(again, 'a')).rejects.toMatchObject(DELETED), { store });
    }));

  it.each([
    ['any', '-2'],
    ['no_stream', '-1'],
    ['stream_exists', '-4'],
    [7n, '7'],
  ] as const)('a missing stream softly with %s is a wrong revision with the number %s (row 16)', (expected, text) =>
    withBench(async (bench) => expect(await remove(bench, 'delete', 'a', expected)).toEqual(wrong('a', text, -1))),
  );

  it('a missing stream for ever succeeds with any and no_stream', () =>
    withBench(async (bench) => {
      expect(await remove(bench, 'tombstone', 'a', 'any')).toHaveProperty('position');
      expect(await remove(bench, 'tombstone', 'b', 'no_stream')).toHaveProperty('position');
      expect(await remove(bench, 'tombstone', 'c', 'stream_exists')).toEqual(wrong('c', '-4', -1));
      await expect(revisions(bench, 'a')).rejects.toMatchObject(DELETED);
    }));

  it.each(['delete', 'tombstone'] as const)('%s compares the revision', (how) =>
    keepingTheTruth('a', 3, async (bench) => {
      expect(await remove(bench, how, 'a', 1n)).toEqual(wrong('a', '1', 2));
      expect(await remove(bench, how, 'a', 9n)).toEqual(wrong('a', '9', 2));
      expect(await remove(bench, how, 'a', 'no_stream')).toEqual(wrong('a', '-1', 2));
      expect(await remove(bench, how, 'a', 'unset')).toMatchObject({ code: status.INVALID_ARGUMENT });
      expect(await remove(bench, how, 'a', 2n ** 63n)).toMatchObject({ code: status.UNKNOWN });
      expect(await remove(bench, how, 'a', 2n)).toHaveProperty('position');
    }),
  );

  it('a soft-deleted stream that somebody says exists is answered as deleted', () =>
    keepingTheTruth('a', 1, async (bench) => {
      await remove(bench, 'delete', 'a', 'stream_exists');
      expect(await remove(bench, 'delete', 'a', 'stream_exists')).toMatchObject({
        trailers: { exception: 'stream-deleted' },
      });
      expect(await remove(bench, 'tombstone', 'a', 'no_stream')).toHaveProperty('position');
    }));

  it('a protected stream is denied in every form, and its events stay seen', () =>
    keepingTheTruth('session-1', 2, async (bench) => {
      expect(await remove(bench, 'delete', 'session-1', 'any')).toEqual(accessDenied);
      expect(await remove(bench, 'tombstone', 'session-1', 'any')).toEqual(accessDenied);
      await expect(bench.client.setStreamMetadata('session-1', { maxCount: 1 })).rejects.toMatchObject({
        type: 'access-denied',
      });
      const classic = { credentials: { username: 'a', password: 'b' } };
      await expect(bench.client.setStreamMetadata('session-1', { truncateBefore: 2 }, classic)).rejects.toMatchObject({
        type: 'access-denied',
      });
      expect(await revisions(bench, 'session-1')).toEqual([0, 1]);
    }));

  it('metadata of a protected stream that stands in the store hides nothing', () =>
    keepingTheTruth('session-1', 2, async (bench) => {
      const [event] = jsonEvents(1);
      await bench.store.append(
        '$$session-1',
        [
          {
            id: event!.id,
            type: '$metadata',
            contentType: 'application/json',
            data: Buffer.from('{"$tb":9223372036854775807}'),
            metadata: new Uint8Array(),
          },
        ],
        'any',
      );
      expect(await revisions(bench, 'session-1')).toEqual([0, 1]);
    }));

  it('metadata itself is denied', () =>
    withBench(async (bench) => {
      await bench.client.setStreamMetadata('a', { maxCount: 1 });
      expect(await remove(bench, 'delete', '$$a', 'any')).toEqual(accessDenied);
    }));
});

describe('what metadata hides', () => {
  it('events before $tb, forwards and backwards; all of them leaves an empty stream (row 17)', () =>
    keepingTheTruth('a', 5, async (bench) => {
      await bench.client.setStreamMetadata('a', { truncateBefore: 3 });
      expect(await revisions(bench, 'a')).toEqual([3, 4]);
      expect(await revisions(bench, 'a', true)).toEqual([4, 3]);
      expect(await all(bench.client.readStream('a', { direction: 'backwards', fromRevision: 1n }))).toEqual([]);
      await bench.client.setStreamMetadata('a', { truncateBefore: 5 });
      expect(await revisions(bench, 'a')).toEqual([]);
      expect(await revisions(bench, 'a', true)).toEqual([]);
      await bench.client.setStreamMetadata('a', {});
      expect(await revisions(bench, 'a')).toEqual([0, 1, 2, 3, 4]);
    }));

  it('all but the newest $maxCount', () =>
    keepingTheTruth('a', 5, async (bench) => {
      await bench.client.setStreamMetadata('a', { maxCount: 2 });
      expect(await revisions(bench, 'a')).toEqual([3, 4]);
      await bench.client.appendToStream('a', jsonEvents(1));
      expect(await revisions(bench, 'a', true)).toEqual([5, 4]);
    }));

  it('events older than $maxAge, by the clock that is handed in', () => {
    let nowMs = 1_000_000;
    return keepingTheTruth(
      'a',
      2,
      async (bench) => {
        await bench.client.setStreamMetadata('a', { maxAge: 10 });
        nowMs += 9000;
        await bench.client.appendToStream('a', jsonEvents(1));
        nowMs += 1000;
        expect(await revisions(bench, 'a')).toEqual([0, 1, 2]);
        nowMs += 1;
        expect(await revisions(bench, 'a')).toEqual([2]);
        nowMs += 9000;
        expect(await revisions(bench, 'a')).toEqual([]);
      },
      { nowMs: () => nowMs },
    );
  });

  it('nothing where the metadata says something wrongly', () =>
    keepingTheTruth('a', 3, async (bench) => {
      for (const metadata of ['{"$tb":-1}', '{"$maxCount":0}', '{"$tb":2,"$maxAge":"x"}', 'no json', '[1]']) {
        await bench.raw.append('$$a', 'any', [
          {
            data: Buffer.from(metadata),
            properties: { type: '$metadata', 'content-type': 'application/json' },
          },
        ]);
        expect(await revisions(bench, 'a')).toEqual([0, 1, 2]);
      }
    }));

  it('only its newest event of the metadata stream itself', () =>
    withBench(async (bench) => {
      for (const maxCount of [1, 2, 3]) await bench.client.setStreamMetadata('a', { maxCount });
      expect((await all(bench.client.readStream('$$a'))).map(({ event }) => event!.data)).toEqual([{ $maxCount: 3 }]);
      expect(await bench.client.getStreamMetadata('a')).toMatchObject({ metadata: { maxCount: 3 } });
    }));

  it('new metadata brings a soft-deleted stream back, empty, and its rules stay', () =>
    keepingTheTruth('a', 3, async (bench) => {
      await bench.client.deleteStream('a');
      await bench.client.setStreamMetadata('a', { maxCount: 7, own: 'kept' });
      expect(await revisions(bench, 'a')).toEqual([]);
      expect(await bench.client.getStreamMetadata('a')).toMatchObject({
        metadata: { maxCount: 7, own: 'kept', truncateBefore: 3 },
      });
      await bench.client.appendToStream('a', jsonEvents(1));
      expect(await revisions(bench, 'a')).toEqual([3]);
    }));

  it('a stream whose process ended before its new metadata was written shows what was written behind the deletion', () =>
    keepingTheTruth('a', 3, async (bench) => {
      await bench.client.deleteStream('a');
      const events = jsonEvents(3).map(({ id, type }) => ({
        id,
        type,
        contentType: 'application/json' as const,
        data: Buffer.from('{}'),
        metadata: new Uint8Array(),
      }));
      await bench.store.append('a', events, 2);
      expect(await revisions(bench, 'a')).toEqual([3, 4, 5]);
      await bench.client.appendToStream('a', jsonEvents(1), { expectedRevision: 5n });
      expect(await revisions(bench, 'a')).toEqual([3, 4, 5, 6]);
      expect(await bench.client.getStreamMetadata('a')).toMatchObject({ metadata: { truncateBefore: 3 } });
    }));
});
