import { describe, expect, it } from '@jest/globals';
import { AppendReq, Empty, streamIdentifier } from '../src/wire/messages.js';
import { until, withBench, type Bench } from './support/bench.js';
import { frameClient } from './support/frames.js';
import { appendEvent } from './support/raw-client.js';

const APPEND = '/event_store.client.streams.Streams/Append';

/** The options and so many events: an append whose client has more to say. */
const beginning = (stream: string, events: number): Uint8Array[] => {
  const target = new AppendReq.Options().setStreamIdentifier(streamIdentifier(stream)).setAny(new Empty());
  const messages = [new AppendReq().setOptions(target), ...Array.from({ length: events }, () => appendEvent({}))];
  return messages.map((message) => message.serializeBinary());
};

const storedStreams = async ({ store }: Bench): Promise<string[]> => {
  const page = await store.readAll({ after: 'start', maxCount: 1000 });
  return Array.from({ length: page.size }, (_, i) => page.stream(i));
};

describe('a classic append that is given up in the middle', () => {
  it.each([
    ['by a reset, as most clients do it', 'reset'],
    ['by an end with a reset behind it, as clients on Node do it', 'end-and-reset'],
  ] as const)('%s, is not stored in part', (_how, then) =>
    withBench(async (bench) => {
      const frames = await frameClient(bench.gateway.address.port);
      for (let i = 0; i < 50; i += 1) frames.send(APPEND, beginning(`given-up-${i}`, 1 + (i % 5)), then);
      expect((await bench.raw.append('whole', 'any', [{}, {}])).error).toBeUndefined();
      frames.breakOff();
      await until(() => bench.gateway.stats().waitingBytes === 0, 'no bytes wait');
      expect(await storedStreams(bench)).toEqual(['$gateway', 'whole', 'whole']);
      expect(bench.gateway.stats()).toMatchObject({ appendsInFlight: 0, waitingBytes: 0 });
    }),
  );

  it('by a connection that breaks, is not stored in part', () =>
    withBench(async (bench) => {
      const frames = await frameClient(bench.gateway.address.port);
      for (let i = 0; i < 50; i += 1) frames.send(APPEND, beginning(`broken-${i}`, 2), 'nothing');
      await until(() => bench.gateway.stats().waitingBytes > 0, 'some events have come');
      frames.breakOff();
      await until(() => bench.gateway.stats().waitingBytes === 0, 'no bytes wait');
      expect((await bench.raw.append('whole', 'any', [{}])).error).toBeUndefined();
      expect(await storedStreams(bench)).toEqual(['$gateway', 'whole']);
    }));
});
