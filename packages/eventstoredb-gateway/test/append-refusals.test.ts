import { setTimeout as sleepMs } from 'node:timers/promises';
import { status } from '@grpc/grpc-js';
import { describe, expect, it } from '@jest/globals';
import timestamp from 'google-protobuf/google/protobuf/timestamp_pb.js';
import { batchOutcome, classicOutcome, newIds, said, type Outcome } from './support/appending.js';
import { withBench, type Bench } from './support/bench.js';
import { batchRequest, newId, stringId, type Expected, type RawClient, type WireEvent } from './support/raw-client.js';
import type { BatchAppendReq } from '../src/wire/messages.js';
import { UUID, type BatchAppendResp } from '../src/wire/messages.js';

const MIB = 1_048_576;

const classic = async (raw: RawClient, stream: string, expected: Expected, events: WireEvent[]): Promise<Outcome> =>
  classicOutcome(await raw.append(stream, expected, events));

/** All answers that come within a moment for what was written on one call. */
const batchAnswers = async (raw: RawClient, requests: BatchAppendReq[], count = 1): Promise<Outcome[]> => {
  const call = raw.batch();
  const outcomes: Outcome[] = [];
  const done = new Promise<void>((resolve, reject) => {
    call.on('error', reject);
    call.on('data', (answer: BatchAppendResp) => {
      outcomes.push(batchOutcome(answer));
      if (outcomes.length === count) resolve();
    });
  });
  for (const request of requests) call.write(request);
  await done;
  await sleepMs(30);
  call.end();
  return outcomes;
};

const batch = async (raw: RawClient, stream: string, expected: Expected, events: WireEvent[]): Promise<Outcome> =>
  (await batchAnswers(raw, [batchRequest({ id: newId(), stream, expected, events })]))[0]!;

const refused = (code: number, trailers: object): object => ({ kind: 'refused', code, trailers });
const badRequest = refused(status.INVALID_ARGUMENT, { type: 'BadRequest' });

const nothingIsWritten = async ({ store }: Bench, stream: string): Promise<void> =>
  expect(await store.readStream(stream)).toEqual({ kind: 'no-stream' });

describe('what an append is refused for', () => {
  it('no expectation (row 10)', () =>
    withBench(async (bench) => {
      expect(await classic(bench.raw, 'a', 'unset', [{}])).toEqual(refused(status.INVALID_ARGUMENT, {}));
      expect(await batch(bench.raw, 'a', 'unset', [{}])).toEqual(badRequest);
      await nothingIsWritten(bench, 'a');
    }));

  it('a revision that is no signed number (row 9)', () =>
    withBench(async ({ raw }) => {
      expect(await classic(raw, 'a', 2n ** 63n, [{}])).toEqual(refused(status.UNKNOWN, {}));
      expect(await batch(raw, 'a', 2n ** 63n, [{}])).toEqual(badRequest);
    }));

  it('more than 1 048 576 bytes of data, and not one less (row 11)', () =>
    withBench(async ({ raw }) => {
      const half = new Uint8Array(MIB / 2);
      const fits = [{ data: half }, { data: half, metadata: new Uint8Array(MIB) }];
      const tooMuch = [...fits, { data: new Uint8Array(1) }];
      expect(await classic(raw, 'a', 'any', fits)).toMatchObject({ kind: 'success', revision: 1 });
      expect(await batch(raw, 'b', 'any', fits)).toMatchObject({ kind: 'success', revision: 1 });
      expect(await classic(raw, 'a', 'any', tooMuch)).toEqual(
        refused(status.INVALID_ARGUMENT, {
          exception: 'maximum-append-size-exceeded',
          'maximum-append-size': String(MIB),
        }),
      );
      expect(await batch(raw, 'b', 'any', tooMuch)).toEqual(
        refused(status.INVALID_ARGUMENT, { type: 'MaximumAppendSizeExceeded' }),
      );
    }));

  it('too much in many small events, at once and not at their end', () =>
    withBench(async ({ raw }) => {
      const events = Array.from({ length: 3000 }, () => ({ data: new Uint8Array(1000) }));
      expect(await classic(raw, 'a', 'any', events)).toMatchObject({
        trailers: { exception: 'maximum-append-size-exceeded' },
      });
    }));

  it('more events than an append may have', () =>
    withBench(
      async ({ raw }) => {
        const too = { trailers: { exception: 'maximum-append-size-exceeded' } };
        expect(await classic(raw, 'a', 'any', [{}, {}, {}])).toMatchObject({ kind: 'success' });
        expect(await classic(raw, 'a', 'any', [{}, {}, {}, {}])).toMatchObject(too);
        expect(await batch(raw, 'a', 'any', [{}, {}, {}, {}])).toMatchObject({
          trailers: { type: 'MaximumAppendSizeExceeded' },
        });
      },
      { limits: { appendEventsMax: 3 } },
    ));

  it('data and metadata together beyond the bound for all of it', () =>
    withBench(
      async ({ raw }) => {
        const events = [{ data: new Uint8Array(500), metadata: new Uint8Array(600) }];
        expect(await classic(raw, 'a', 'any', events)).toMatchObject({
          code: status.INVALID_ARGUMENT,
          trailers: { exception: 'maximum-append-size-exceeded' },
        });
        expect(await batch(raw, 'a', 'any', events)).toMatchObject({ trailers: { type: 'MaximumAppendSizeExceeded' } });
      },
      { limits: { appendBytesMax: 1000 } },
    ));

  it.each([
    ['an empty id', { id: stringId('') }],
    ['an id of zeros', { id: stringId('00000000-0000-0000-0000-000000000000') }],
    ['an id of structured zeros', { id: new UUID().setStructured(new UUID.Structured()) }],
    ['an id that is none', { id: stringId('not-an-id') }],
    ['an empty type', { properties: { type: '', 'content-type': 'application/json' } }],
  ])('%s (row 12)', (_what, event) =>
    withBench(async (bench) => {
      expect(await classic(bench.raw, 'a', 'any', [event])).toEqual(refused(status.UNKNOWN, {}));
      expect(await batch(bench.raw, 'a', 'any', [event])).toEqual(badRequest);
      await nothingIsWritten(bench, 'a');
    }),
  );

  it.each(['', '$$'])('the stream name "%s", which ends the process of a node (row 12)', (stream) =>
    withBench(async ({ raw }) => {
      expect(await classic(raw, stream, 'any', [{}])).toEqual(refused(status.UNKNOWN, {}));
      expect(await batch(raw, stream, 'any', [{}])).toEqual(badRequest);
    }),
  );

  it('names and types that the store does not take, with the reason', () =>
    withBench(async ({ raw }) => {
      const control = [{ properties: { type: 'a\nb', 'content-type': 'application/json' } }];
      expect(await classic(raw, 'a\u0007', 'any', [{}])).toEqual(refused(status.INVALID_ARGUMENT, {}));
      expect(await classic(raw, 'a', 'any', control)).toEqual(refused(status.INVALID_ARGUMENT, {}));
      expect(await batch(raw, 'a'.repeat(2000), 'any', [{}])).toEqual(badRequest);
    }));

  it('the whole log as a stream, and an event that stands for a tombstone', () =>
    withBench(async ({ raw }) => {
      const tombstone = [{ properties: { type: '$streamDeleted', 'content-type': 'application/json' } }];
      for (const [stream, events] of [
        ['$all', [{}]],
        ['a', tombstone],
        ['$$a', tombstone],
      ] as const) {
        expect(await classic(raw, stream, 'any', [...events])).toMatchObject({
          code: status.PERMISSION_DENIED,
          trailers: { exception: 'access-denied' },
        });
        expect(await batch(raw, stream, 'any', [...events])).toMatchObject({ trailers: { type: 'AccessDenied' } });
      }
    }));

  it('no type or no content type (row 13)', () =>
    withBench(async ({ raw }) => {
      for (const properties of [{ type: 'said' }, { 'content-type': 'application/json' }] as const) {
        expect(await classic(raw, 'a', 'any', [{ properties: { ...properties } }])).toEqual(
          refused(status.INVALID_ARGUMENT, {
            exception: 'missing-required-metadata-property',
            'required-metadata-properties': 'type,content-type',
          }),
        );
        expect(await batch(raw, 'a', 'any', [{ properties: { ...properties } }])).toEqual(badRequest);
      }
    }));

  it('a content type other than exactly application/json makes bytes of the event (row 14)', () =>
    withBench(async ({ raw, store }) => {
      const types = ['application/json', 'Application/JSON', 'application/json; charset=utf-8', 'text/plain', ''];
      await classic(
        raw,
        'a',
        'any',
        types.map((type) => ({ properties: { type: 'said', 'content-type': type } })),
      );
      const page = await store.readStream('a');
      expect(page.kind === 'page' && page.events.map(({ contentType }) => contentType)).toEqual([
        'application/json',
        ...Array.from({ length: 4 }, () => 'application/octet-stream'),
      ]);
    }));

  it('ids are taken in every form that a node takes, and come back in one', () =>
    withBench(async ({ raw, store }) => {
      const id = '0123456789abcdef8123456789abcdef';
      const hyphens = '01234567-89ab-cdef-8123-456789abcdef';
      const structured = new UUID().setStructured(
        new UUID.Structured()
          .setMostSignificantBits(0x0123456789abcdefn.toString())
          .setLeastSignificantBits(BigInt.asIntN(64, 0x8123456789abcdefn).toString()),
      );
      const forms = [id, hyphens.toUpperCase(), `{${hyphens}}`, `(${hyphens})`, ` ${hyphens} `].map(stringId);
      await classic(
        raw,
        'a',
        'any',
        [...forms, structured].map((form) => ({ id: form })),
      );
      const page = await store.readStream('a');
      expect(page.kind === 'page' && [...new Set(page.events.map((event) => event.id))]).toEqual([hyphens]);
    }));

  it('a batch that is not finished times out, at its deadline or the server (row 15)', () =>
    withBench(
      async (bench) => {
        const [answer] = await batchAnswers(bench.raw, [
          batchRequest({ id: newId(), stream: 'a', events: [{}], isFinal: false }),
        ]);
        expect(answer).toEqual(refused(status.DEADLINE_EXCEEDED, { type: 'Timeout' }));
        await nothingIsWritten(bench, 'a');
        expect(bench.gateway.stats()).toMatchObject({ waitingBytes: 0, appendsInFlight: 0 });
      },
      { limits: { writeTimeoutMs: 100 } },
    ));

  it('a deadline in the past is over at once', () =>
    withBench(async ({ raw }) => {
      const request = batchRequest({ id: newId(), stream: 'a', events: [{}] });
      const { Timestamp } = timestamp;
      request.getOptions()!.setDeadline(Timestamp.fromDate(new Date(Date.now() - 60_000)));
      expect(await batchAnswers(raw, [request])).toEqual([refused(status.DEADLINE_EXCEEDED, { type: 'Timeout' })]);
    }));

  it('one bad append in a batch call is answered once and fails no other', () =>
    withBench(async ({ raw }) => {
      const [bad, good] = [newId(), newId()];
      const outcomes = await batchAnswers(
        raw,
        [
          batchRequest({ id: bad, stream: 'a', events: [{ id: stringId('x') }], isFinal: false }),
          batchRequest({ id: bad, events: newIds(1).map(said) }),
          batchRequest({ id: good, stream: 'b', events: newIds(1).map(said) }),
        ],
        2,
      );
      expect(outcomes).toEqual([badRequest, expect.objectContaining({ kind: 'success', revision: 0 })]);
    }));

  it('parts of one batch append are put together in order, also when others come between', () =>
    withBench(async ({ raw, store }) => {
      const [one, two] = [newId(), newId()];
      const ids = newIds(4) as [string, string, string, string];
      const part = (id: string, event: string, rest: object): BatchAppendReq =>
        batchRequest({ id, events: [said(event)], ...rest });
      await batchAnswers(
        raw,
        [
          part(one, ids[0], { stream: 'a', isFinal: false }),
          part(two, ids[2], { stream: 'b', isFinal: false }),
          part(one, ids[1], { isFinal: true }),
          part(two, ids[3], { isFinal: true }),
        ],
        2,
      );
      const [a, b] = [await store.readStream('a'), await store.readStream('b')];
      expect(a.kind === 'page' && a.events.map(({ id }) => id)).toEqual(ids.slice(0, 2));
      expect(b.kind === 'page' && b.events.map(({ id }) => id)).toEqual(ids.slice(2));
    }));
});
