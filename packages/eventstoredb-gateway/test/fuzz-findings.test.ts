import { status } from '@grpc/grpc-js';
import { describe, expect, it } from '@jest/globals';
import { AppendReq, Empty, ReadReq, streamIdentifier } from '../src/wire/messages.js';
import { CallClient, type CallEnd } from './fuzz/call-client.js';
import type { Frame } from './fuzz/calls.js';
import { MESSAGES, wellFormed } from '../src/wire/well-formed.js';
import { all, jsonEvents } from './support/appending.js';
import { appendEvent, batchRequest, newId } from './support/raw-client.js';
import { until, withBench } from './support/bench.js';

const APPEND = '/event_store.client.streams.Streams/Append';
const BATCH_APPEND = '/event_store.client.streams.Streams/BatchAppend';
const END_MS = 5_000;

const append = (stream: string): Frame => ({
  hex: Buffer.from(batchRequest({ id: newId(), stream, events: [{}] }).serializeBinary()).toString('hex'),
  fault: 'none',
});
/** Says that more bytes follow than do. */
const unreadable: Frame = { hex: '0aff', fault: 'none' };

describe('a batch append in which a message cannot be read', () => {
  it('ends with a status although an append before it is still under way', () =>
    withBench(async ({ gateway, store }) => {
      const client = new CallClient(gateway.address.port);
      // An append without a stream is refused at once: its answer has begun the call's when the end comes.
      const frames = [append(''), append('a'), unreadable];
      const call = { path: BATCH_APPEND, headers: {}, frames, then: 'end', pieceBytes: 1_000_000 } as const;
      const end = await client.call(call, Number.POSITIVE_INFINITY, END_MS);
      expect(end.grpcStatus).toBe(status.INTERNAL);
      expect(await store.readStream('a')).toMatchObject({ kind: 'page', events: [{ revision: 0 }] });
      client.close();
    }));
});

describe('an append whose bytes end in the middle of a message', () => {
  const target = new AppendReq.Options().setStreamIdentifier(streamIdentifier('a')).setAny(new Empty());
  const frameOf = (message: { serializeBinary(): Uint8Array }): Frame => ({
    hex: Buffer.from(message.serializeBinary()).toString('hex'),
    fault: 'none',
  });
  const options = frameOf(new AppendReq().setOptions(target));
  const event = (): Frame => frameOf(appendEvent({}));
  const ended = async (port: number, path: string, frames: readonly Frame[]): Promise<CallEnd> => {
    const client = new CallClient(port);
    const call = { path, headers: {}, frames, then: 'end', pieceBytes: 1_000_000 } as const;
    const end = await client.call(call, Number.POSITIVE_INFINITY, END_MS);
    client.close();
    return end;
  };

  it('stores none of its events', () =>
    withBench(async ({ gateway, store }) => {
      const frames: Frame[] = [options, event(), { ...event(), fault: 'cut' }];
      const { grpcStatus, grpcMessage } = await ended(gateway.address.port, APPEND, frames);
      expect([grpcStatus, grpcMessage]).toEqual([status.INTERNAL, 'Incomplete message.']);
      expect(await store.readStream('a')).toEqual({ kind: 'no-stream' });
    }));
  it('as one of a batch call is not stored, and those before it are told', () =>
    withBench(async ({ gateway, store }) => {
      const frames: Frame[] = [append('a'), { ...append('b'), fault: 'cut' }];
      const { grpcStatus, messages } = await ended(gateway.address.port, BATCH_APPEND, frames);
      expect([grpcStatus, messages.length]).toEqual([status.INTERNAL, 1]);
      expect(await store.readStream('a')).toMatchObject({ kind: 'page', events: [{ revision: 0 }] });
      expect(await store.readStream('b')).toEqual({ kind: 'no-stream' });
    }));
});

describe('a subscription whose deadline has passed while its request still came in', () => {
  it('is not kept', () =>
    withBench(async ({ gateway }) => {
      const client = new CallClient(gateway.address.port);
      const options = new ReadReq.Options().setAll(new ReadReq.Options.AllOptions().setStart(new Empty()));
      options.setSubscription(new ReadReq.Options.SubscriptionOptions()).setNoFilter(new Empty());
      const hex = Buffer.from(new ReadReq().setOptions(options).serializeBinary()).toString('hex');
      const frames: Frame[] = [{ hex, fault: 'none' }];
      const headers = { 'grpc-timeout': '0S' };
      const path = '/event_store.client.streams.Streams/Read';
      for (const pieceBytes of [2, 3, 5, 8, 13, 100])
        for (let i = 0; i < 50; i += 1)
          await client.call({ path, headers, frames, then: 'end', pieceBytes }, Number.POSITIVE_INFINITY, END_MS);
      await until(() => gateway.stats().readsOpen === 0, 'no read is open');
      client.close();
    }));
});

describe('a message of a few bytes that claims to hold a text of two gigabytes', () => {
  /** The id of an event, whose text reaches beyond the id, the event and the message. */
  const id = '0a0612ffffffff07';
  const stream = '0a090a071affffffff0741';
  it.each([
    ['append', `1208${id}`],
    ['batchAppend', `1a08${id}`],
    ['read', `0a0b${stream}`],
    ['delete', stream],
  ] as const)('never reaches the parser of %s, which would keep the whole process busy with it', (message, hex) => {
    const parse = (): never => {
      throw new Error('it was parsed');
    };
    const bytes = Buffer.from(hex, 'hex');
    expect(() => wellFormed(MESSAGES[message], parse)(bytes)).toThrow('a length reaches beyond its message');
  });
  it.each([
    ['Append', `1208${id}`],
    ['BatchAppend', `1a08${id}`],
  ])('is refused by %s', (method, hex) =>
    withBench(async ({ gateway }) => {
      const client = new CallClient(gateway.address.port);
      const path = `/event_store.client.streams.Streams/${method}`;
      const frames: Frame[] = [{ hex, fault: 'none' }];
      const call = { path, headers: {}, frames, then: 'end', pieceBytes: 1_000_000 } as const;
      expect((await client.call(call, Number.POSITIVE_INFINITY, END_MS)).grpcStatus).toBe(status.INTERNAL);
      client.close();
    }),
  );
  it('leaves alone what every client sends', async () => {
    await withBench(async ({ raw, client }) => {
      expect((await raw.append('a', 'any', [{}, {}])).error).toBeUndefined();
      await client.appendToStream('a', jsonEvents(2));
      expect(await all(client.readStream('a'))).toHaveLength(4);
    });
  });
});
