import streamMessages from '@eventstore/db-client/generated/streams_pb.js';
import sharedMessages from '@eventstore/db-client/generated/shared_pb.js';
import { describe, expect, it } from '@jest/globals';
import { seededRandom } from '@lapse/store/contract';
import { comparePositions } from '../src/position.js';
import { appendRequests, batchRequests, encodeAppend } from '../src/wire/append-messages.js';
import { readBatchAnswer } from '../src/wire/append-answers.js';
import { readMessage } from '../src/wire/read-messages.js';
import { event } from './support/events.js';
import { checkpointAnswer, eventAnswer } from './support/messages.js';
import type { Logged } from './support/log.js';

const { AppendReq, BatchAppendReq, ReadResp } = streamMessages;
const { UUID } = sharedMessages;
const SEED = Number(process.env['LAPSE_SEED'] ?? 20);

const hexDigits = (random: () => number, count: number): string =>
  Array.from({ length: count }, () => Math.floor(random() * 16).toString(16)).join('');

const uuidOf = (hex: string): string => hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');

const logged = (overrides: Partial<Logged> = {}): Logged => ({
  id: '0190f3c2-7d1e-7abc-8def-0123456789ab',
  type: 'happened',
  contentType: 'application/json',
  data: new Uint8Array(Buffer.from('{ "big" : 9007199254740993 }')),
  metadata: new Uint8Array([0, 255, 1]),
  stream: '买家-\u{1f600}',
  revision: 7,
  position: 100,
  createdMs: 1_700_000_000_123,
  ...overrides,
});

const bytesOf = (message: { serializeBinary(): Uint8Array }): Buffer => Buffer.from(message.serializeBinary());

/** An event that has nothing but an id: three messages inside each other, each with one field of less than 128 bytes. */
const answerWithId = (uuid: Buffer): Buffer =>
  [1, 1, 1].reduce((body, field) => Buffer.concat([Buffer.from([field * 8 + 2, body.length]), body]), uuid);

describe('ids on the wire', () => {
  it(`come back as they were sent, 100 000 random ones and the boundaries, in both forms, and keep their order (seed ${SEED})`, () => {
    const random = seededRandom(SEED);
    const hexes = ['0'.repeat(31) + '1', 'f'.repeat(32), '7fffffffffffffffffffffffffffffff', '8'.padEnd(32, '0')];
    for (let i = 0; i < 100_000; i += 1) hexes.push(hexDigits(random, 32));
    for (const hex of hexes) {
      const id = uuidOf(hex);
      const uuid = new UUID();
      if (Number.parseInt(hex.slice(-1), 16) % 2 === 0) uuid.setString(id.toUpperCase());
      else {
        const structured = new UUID.Structured();
        structured.setMostSignificantBits(BigInt.asIntN(64, BigInt(`0x${hex.slice(0, 16)}`)).toString());
        structured.setLeastSignificantBits(BigInt.asIntN(64, BigInt(`0x${hex.slice(16)}`)).toString());
        uuid.setStructured(structured);
      }
      const message = readMessage(answerWithId(bytesOf(uuid)));
      if (message.kind !== 'event' || message.event.id !== id) throw new Error(`${id} came back otherwise`);
    }
    const byText = hexes.map(uuidOf).sort();
    const byBytes = hexes.map((hex) => Buffer.from(hex, 'hex')).sort((a, b) => Buffer.compare(a, b));
    expect(byText).toEqual(byBytes.map((bytes) => uuidOf(bytes.toString('hex'))));
  });
});

describe('requests', () => {
  const mine = [event({ type: 'ä', data: new Uint8Array([1, 2]), metadata: new Uint8Array([9]) }), event()];

  it.each([
    [-1, 'NoStream'],
    [0, 'Revision'],
    [Number.MAX_SAFE_INTEGER, 'Revision'],
    ['any', 'Any'],
  ] as const)('of classic appends at %p are read by the package as they were meant', (expected, option) => {
    const [first, ...rest] = appendRequests(encodeAppend('s', mine, expected)).map((b) =>
      AppendReq.deserializeBinary(b),
    );
    const options = first!.getOptions()!;
    expect(Buffer.from(options.getStreamIdentifier()!.getStreamName_asU8()).toString()).toBe('s');
    expect([options.hasNoStream(), options.hasRevision(), options.hasAny()]).toEqual([
      option === 'NoStream',
      option === 'Revision',
      option === 'Any',
    ]);
    if (option === 'Revision') expect(options.getRevision()).toBe(String(expected));
    const proposed = rest.map((message) => message.getProposedMessage()!);
    expect(proposed.map((one) => one.getId()!.getString())).toEqual(mine.map(({ id }) => id));
    expect(proposed[0]!.getMetadataMap().get('type')).toBe('ä');
    expect([proposed[0]!.getData_asU8(), proposed[0]!.getCustomMetadata_asU8()]).toEqual([
      new Uint8Array([1, 2]),
      new Uint8Array([9]),
    ]);
  });

  it('of batch appends larger than a chunk come in several parts, the last one marked', () => {
    const large = Array.from({ length: 5 }, () => event({ data: new Uint8Array(1_500_000) }));
    const parts = batchRequests(encodeAppend('s', large, 3), 42, 1500).map((b) => BatchAppendReq.deserializeBinary(b));
    expect(parts.map((part) => part.getProposedMessagesList().length)).toEqual([2, 2, 1]);
    expect(parts.map((part) => part.getIsFinal())).toEqual([false, false, true]);
    expect(parts.map((part) => part.hasOptions())).toEqual([true, false, false]);
    expect(parts.map((part) => part.getCorrelationId()!.getStructured()!.getLeastSignificantBits())).toEqual(
      Array(3).fill('42'),
    );
    expect(parts[0]!.getOptions()!.getStreamPosition()).toBe('3');
  });

  it('hold a copy of every byte: what the caller does to its buffers later changes nothing', () => {
    const data = Buffer.from('{"a":1}');
    const encoded = encodeAppend('s', [event({ data })], -1);
    data.fill(0);
    const [, request] = appendRequests(encoded);
    expect(Buffer.from(AppendReq.deserializeBinary(request!).getProposedMessage()!.getData_asU8()).toString()).toBe(
      '{"a":1}',
    );
  });
});

describe('events from the wire', () => {
  it('are what the package wrote, integers beyond 2^53 and bytes that are no text included', () => {
    const record = logged();
    const message = readMessage(bytesOf(eventAnswer(record)));
    if (message.kind !== 'event') throw new Error(message.kind);
    const { data, metadata, ...rest } = message.event;
    expect(rest).toEqual({
      id: record.id,
      type: 'happened',
      contentType: 'application/json',
      stream: '买家-\u{1f600}',
      revision: 7,
      position: '100/100',
      storedAtMs: 1_700_000_000_123,
    });
    expect(data.toString()).toBe('{ "big" : 9007199254740993 }');
    expect([...metadata]).toEqual([0, 255, 1]);
  });

  it('have no position where an old server sends 2^64-1, and one that is exact beyond 2^53', () => {
    const answer = eventAnswer(logged());
    const recorded = answer.getEvent()!.getEvent()!;
    recorded.setCommitPosition('18446744073709551615');
    recorded.setPreparePosition('18446744073709551615');
    expect(readMessage(bytesOf(answer))).toMatchObject({ kind: 'event', event: { position: '' } });
    recorded.setCommitPosition('9223372036854775809');
    recorded.setPreparePosition('9007199254740993');
    const position = '9223372036854775809/9007199254740993';
    expect(readMessage(bytesOf(answer))).toMatchObject({ kind: 'event', event: { position } });
  });

  it('with a revision beyond 2^53, bad JSON, no metadata or a foreign content type are events all the same', () => {
    const answer = eventAnswer(logged({ data: new Uint8Array(Buffer.from('{"a":')), metadata: new Uint8Array() }));
    answer.getEvent()!.getEvent()!.setStreamRevision('9223372036854775807');
    answer.getEvent()!.getEvent()!.getMetadataMap().set('created', 'yesterday');
    expect(readMessage(bytesOf(answer))).toMatchObject({
      kind: 'event',
      event: { revision: 9223372036854775807, storedAtMs: 0 },
    });
    const foreign = eventAnswer(logged({ contentType: 'application/xml' }));
    expect(readMessage(bytesOf(foreign))).toMatchObject({ event: { contentType: 'application/octet-stream' } });
  });

  it('that are links to nothing stand where the link stands; an event without content is undecodable', () => {
    const answer = new ReadResp();
    const read = new ReadResp.ReadEvent();
    read.setLink(
      eventAnswer(logged({ type: '$>' }))
        .getEvent()!
        .getEvent(),
    );
    answer.setEvent(read);
    expect(readMessage(bytesOf(answer))).toMatchObject({ kind: 'event', event: { type: '$>', position: '100/100' } });
    answer.setEvent(new ReadResp.ReadEvent());
    expect(readMessage(bytesOf(answer)).kind).toBe('undecodable');
  });

  it('carry both numbers of a checkpoint', () => {
    expect(readMessage(bytesOf(checkpointAnswer(5, 0)))).toEqual({ kind: 'checkpoint', position: '5/0' });
  });

  it(`never make the reader throw: 5 000 damaged messages and as many of mere noise (seed ${SEED})`, () => {
    const random = seededRandom(SEED);
    const whole = bytesOf(eventAnswer(logged()));
    const kinds = new Map<string, number>();
    for (let i = 0; i < 5000; i += 1) {
      const damaged = Buffer.from(whole.subarray(0, 1 + Math.floor(random() * whole.length)));
      for (let hits = 0; hits < 3; hits += 1)
        damaged[Math.floor(random() * damaged.length)] = Math.floor(random() * 256);
      const noise = Buffer.from(Array.from({ length: 30 }, () => Math.floor(random() * 256)));
      for (const bytes of [damaged, noise]) {
        const { kind } = readMessage(bytes);
        kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
        try {
          readBatchAnswer(bytes);
        } catch (error) {
          expect((error as Error).name).toBe('UnreadableMessage');
        }
      }
    }
    expect(kinds.get('undecodable')).toBeGreaterThan(500);
  });
});

describe('positions', () => {
  it(`order as their numbers do, whatever their length (seed ${SEED})`, () => {
    const random = seededRandom(SEED);
    const number = (): bigint => BigInt(`0x${hexDigits(random, 1 + Math.floor(random() * 16))}`);
    for (let i = 0; i < 5000; i += 1) {
      const [a, b, c, d] = [number(), number(), number(), number()];
      const expected = a === b ? c - d : a - b;
      const sign = expected > 0n ? 1 : expected < 0n ? -1 : 0;
      expect(Math.sign(comparePositions(`${a}/${c}` as never, `${b}/${d}` as never))).toBe(sign);
    }
    expect(comparePositions('start', '0/0' as never)).toBeLessThan(0);
  });
});
