import { expect, it } from '@jest/globals';
import { NO_STREAM, type EventToAppend } from '../port.js';
import { appendBytes } from '../validate.js';
import { onBench, type Bench, type EventStoreContract } from './bench.js';
import { manyEvents, NO_BYTES, utf8 } from './events.js';
import { codeOf, everything, eventsOf, written } from './look.js';

const EVERY_BYTE = Uint8Array.from({ length: 256 }, (_, i) => i);

const comesBack = async ({ store }: Bench, events: readonly EventToAppend[]): Promise<void> => {
  await store.append('a', events, NO_STREAM);
  expect((await eventsOf(store, 'a')).map(written)).toEqual(events.map(written));
  expect((await everything(store)).map(written)).toEqual(events.map(written));
};

const sizeCases = (contract: EventStoreContract): void => {
  const { appendBytesMax } = contract;
  const filledTo = (events: readonly EventToAppend[], bytes: number): EventToAppend[] => {
    const missing = bytes - appendBytes(events);
    const [first, ...rest] = events as [EventToAppend, ...EventToAppend[]];
    return [{ ...first, data: Buffer.concat([first.data, new Uint8Array(missing).fill(0x20)]) }, ...rest];
  };

  it(
    'takes an append of exactly the largest size and refuses one byte more',
    onBench(contract, async ({ store, make }) => {
      const binary = (): EventToAppend => make({ contentType: 'application/octet-stream' });
      const full = filledTo([binary(), binary(), binary()], appendBytesMax);
      expect(appendBytes(full)).toBe(appendBytesMax);
      const over = filledTo([binary(), binary()], appendBytesMax + 1);
      expect(await codeOf(() => store.append('over', over, NO_STREAM))).toBe('append-too-large');
      await store.append('full', full, NO_STREAM);
      expect((await eventsOf(store, 'full')).map(written)).toEqual(full.map(written));
      expect(await store.readStream('over')).toEqual({ kind: 'no-stream' });
    }),
  );

  it(
    'counts metadata and twice the length of types against the size as well',
    onBench(contract, async ({ store, make }) => {
      const contentType = 'application/octet-stream';
      const metadata = new Uint8Array(appendBytesMax - 'happened'.length * 2 + 1).fill(0x20);
      const onlyMetadata = make({ contentType, data: NO_BYTES, metadata });
      expect(await codeOf(() => store.append('a', [onlyMetadata], NO_STREAM))).toBe('append-too-large');
      const data = new Uint8Array(appendBytesMax - 2 * 'happened'.length + 1).fill(0x20);
      expect(await codeOf(() => store.append('a', [make({ contentType, data, metadata: NO_BYTES })], 'any'))).toBe(
        'append-too-large',
      );
      expect(await everything(store)).toEqual([]);
    }),
  );
};

export const payloadCases = (contract: EventStoreContract): void => {
  it(
    'gives every byte from 0 to 255 back, in data and in metadata',
    onBench(contract, async (bench) => {
      const contentType = 'application/octet-stream';
      const reversed = Uint8Array.from(EVERY_BYTE).reverse();
      await comesBack(bench, [
        bench.make({ contentType, data: EVERY_BYTE, metadata: reversed }),
        ...Array.from(EVERY_BYTE, (byte) => bench.make({ contentType, data: Uint8Array.of(byte) })),
      ]);
    }),
  );

  it(
    'keeps empty payloads and empty metadata empty',
    onBench(contract, async (bench) => {
      const contentType = 'application/octet-stream';
      await comesBack(bench, [
        bench.make({ contentType, data: NO_BYTES, metadata: NO_BYTES }),
        bench.make({ contentType, data: NO_BYTES }),
        bench.make({ metadata: NO_BYTES }),
      ]);
    }),
  );

  it(
    'keeps the content type, and JSON of every kind',
    onBench(contract, async (bench) => {
      const texts = ['null', 'true', '0', '-1.5', '""', '"text"', '[]', '{}', '[1,[2,{"a":null}]]', '{"__proto__":1}'];
      const unicode = JSON.stringify({ 买家: '\u{1f600}', escaped: '\u0000"\\\n\u2028', lone: '\ud800' });
      const events = [...texts, unicode].map((text) => bench.make({ data: utf8(text) }));
      await comesBack(bench, [...events, bench.make({ contentType: 'application/octet-stream', data: utf8('{}') })]);
    }),
  );

  if (contract.capabilities.keepsJsonBytes) {
    it(
      'keeps bytes that say they are JSON as they are, whether they are or not',
      onBench(contract, async (bench) => {
        const texts = ['{ "a" : 1.0 }', '12345678901234567890', '{"a":1,"a":2}', '', 'no JSON', ' null\n'];
        const events = texts.map((text) => bench.make({ data: utf8(text), metadata: utf8(text) }));
        await comesBack(bench, [...events, bench.make({ data: EVERY_BYTE })]);
      }),
    );
  }

  it(
    'copies bytes at its edge: a caller who changes a buffer later changes nothing',
    onBench(contract, async ({ store, make }) => {
      const contentType = 'application/octet-stream';
      const data = Buffer.alloc(100, 1);
      const events = [make({ contentType, data: data.subarray(10, 20), metadata: NO_BYTES })];
      const before = events.map(written);
      const underWay = store.append('a', events, NO_STREAM);
      data.fill(7);
      await underWay;
      expect((await eventsOf(store, 'a')).map(written)).toEqual(before);
      for (const read of [...(await eventsOf(store, 'a')), ...(await everything(store))]) read.data.fill(9);
      expect((await eventsOf(store, 'a')).map(written)).toEqual(before);
      expect((await everything(store)).map(written)).toEqual(before);
    }),
  );

  it(
    'refuses content types other than the two and payloads that are no bytes',
    onBench(contract, async ({ store, make }) => {
      const bad = [
        ...['', 'text/plain', 'application/JSON', 'application/json; charset=utf-8'].map((contentType) => ({
          contentType,
        })),
        ...['text', null, undefined, [1], new Uint16Array(2), new ArrayBuffer(2)].map((data) => ({ data })),
        ...['text', null, undefined, {}].map((metadata) => ({ metadata })),
      ];
      for (const part of bad) {
        const event = { ...make(), ...part } as EventToAppend;
        expect(await codeOf(() => store.append('a', [event], NO_STREAM))).toBe('bad-content');
      }
      expect(await everything(store)).toEqual([]);
    }),
  );

  it(
    'keeps an append as it was called, also when the list is changed before it is done',
    onBench(contract, async ({ store, make }) => {
      const events = manyEvents(make, 3);
      const before = events.map(written);
      const underWay = store.append('a', events, NO_STREAM);
      events.length = 0;
      await underWay;
      expect((await eventsOf(store, 'a')).map(written)).toEqual(before);
    }),
  );

  sizeCases(contract);
};
