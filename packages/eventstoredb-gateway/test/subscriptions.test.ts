import { status } from '@grpc/grpc-js';
import { describe, expect, it } from '@jest/globals';
import { jsonEvents } from './support/appending.js';
import { withBench, type Bench } from './support/bench.js';
import type { ReadWish } from './support/reading.js';
import { Subscribed } from './support/subscribing.js';

const say = ({ client }: Bench, stream: string, count = 1, type = 'said'): Promise<unknown> =>
  client.appendToStream(stream, jsonEvents(count, type));

/** What is heard until a last event, and a moment for what should not come. */
const heard = async (bench: Bench, subscribed: Subscribed, stream: string): Promise<readonly string[]> => {
  await say(bench, stream, 1, 'last');
  const page = await bench.store.readStream(stream, { direction: 'backwards', maxCount: 1 });
  await subscribed.hears(`${stream}/${page.kind === 'page' ? page.events[0]!.revision : ''}`);
  subscribed.cancel();
  return subscribed.words;
};

describe('a subscription to a stream', () => {
  it('is confirmed, gives what is there, is caught up once, and goes on live (row 21)', () =>
    withBench(async (bench) => {
      await say(bench, 'a', 2);
      const subscribed = new Subscribed(bench.raw, { stream: 'a' });
      await subscribed.hears('caught-up');
      await say(bench, 'other', 3);
      await say(bench, 'a', 1);
      await subscribed.hears('a/2');
      expect(await heard(bench, subscribed, 'a')).toEqual(['confirmed', 'a/0', 'a/1', 'caught-up', 'a/2', 'a/3']);
    }));

  it.each<[string, ReadWish, string[]]>([
    ['a revision, exclusive', { from: 0n }, ['confirmed', 'a/1', 'caught-up', 'a/2']],
    ['the last revision', { from: 1n }, ['confirmed', 'caught-up', 'a/2']],
    ['the end', { from: 'end' }, ['confirmed', 'caught-up', 'a/2']],
  ])('starts behind %s', (_from, wish, expected) =>
    withBench(async (bench) => {
      await say(bench, 'a', 2);
      const subscribed = new Subscribed(bench.raw, { stream: 'a', ...wish });
      await subscribed.hears('caught-up');
      expect(await heard(bench, subscribed, 'a')).toEqual(expected);
    }),
  );

  it('from beyond the end skips the revisions below', () =>
    withBench(async (bench) => {
      await say(bench, 'a', 2);
      const subscribed = new Subscribed(bench.raw, { stream: 'a', from: 4n });
      await subscribed.hears('caught-up');
      await say(bench, 'a', 3);
      expect(await heard(bench, subscribed, 'a')).toEqual(['confirmed', 'caught-up', 'a/5']);
    }));

  it('waits for a stream that is not there, and is caught up with its first event', () =>
    withBench(async (bench) => {
      await bench.client.setStreamMetadata('only-metadata', { maxCount: 5 });
      for (const stream of ['missing', 'only-metadata']) {
        const subscribed = new Subscribed(bench.raw, { stream });
        await subscribed.hears('confirmed');
        await say(bench, 'other');
        expect(subscribed.words).toEqual(['confirmed']);
        await say(bench, stream);
        await subscribed.hears('caught-up');
        expect(await heard(bench, subscribed, stream)).toEqual([
          'confirmed',
          `${stream}/0`,
          'caught-up',
          `${stream}/1`,
        ]);
      }
    }));

  it('waits for a soft-deleted stream, and shows what is written behind the deletion', () =>
    withBench(async (bench) => {
      await say(bench, 'a', 2);
      await bench.client.deleteStream('a');
      const subscribed = new Subscribed(bench.raw, { stream: 'a' });
      await subscribed.hears('confirmed');
      expect(await heard(bench, subscribed, 'a')).toEqual(expect.arrayContaining(['confirmed', 'a/2']));
      expect(subscribed.events).toEqual(['a/2']);
    }));

  it('is caught up with a fully truncated stream, and from the end of a missing one, at once', () =>
    withBench(async (bench) => {
      await say(bench, 'a', 2);
      await bench.client.setStreamMetadata('a', { truncateBefore: 2 });
      const truncated = new Subscribed(bench.raw, { stream: 'a' });
      await truncated.hears('caught-up');
      expect(await heard(bench, truncated, 'a')).toEqual(['confirmed', 'caught-up', 'a/2']);
      const missing = new Subscribed(bench.raw, { stream: 'x', from: 'end' });
      await missing.hears('caught-up');
      expect(await heard(bench, missing, 'x')).toEqual(['confirmed', 'caught-up', 'x/0']);
    }));

  it('live gives events that the metadata hides from reads', () =>
    withBench(async (bench) => {
      await bench.client.setStreamMetadata('a', { truncateBefore: 100 });
      const subscribed = new Subscribed(bench.raw, { stream: 'a', from: 'end' });
      await subscribed.hears('caught-up');
      await say(bench, 'a', 2);
      expect(await heard(bench, subscribed, 'a')).toEqual(['confirmed', 'caught-up', 'a/0', 'a/1', 'a/2']);
    }));

  it('ends with a tombstone as its last event, then the error', () =>
    withBench(async (bench) => {
      await say(bench, 'a', 2);
      const subscribed = new Subscribed(bench.raw, { stream: 'a' });
      await subscribed.hears('caught-up');
      await bench.client.tombstoneStream('a');
      const error = await subscribed.ends();
      expect(error).toMatchObject({ code: status.FAILED_PRECONDITION });
      expect(error.metadata.get('exception')).toEqual(['stream-deleted']);
      expect(subscribed.words.slice(-2)).toEqual(['caught-up', 'a/9223372036854775807']);
      expect(await new Subscribed(bench.raw, { stream: 'a' }).ends()).toMatchObject({
        code: status.FAILED_PRECONDITION,
      });
      expect(await new Subscribed(bench.raw, { stream: 'a', from: 'end' }).ends()).toMatchObject({
        code: status.FAILED_PRECONDITION,
      });
    }));
});

describe('a subscription to the whole log', () => {
  it('starts behind a position, is caught up once and goes on live, system events included', () =>
    withBench(async (bench) => {
      await say(bench, 'a', 2);
      const fromStart = new Subscribed(bench.raw, { all: true });
      const fromFirst = new Subscribed(bench.raw, { all: true, from: 2n });
      const fromEnd = new Subscribed(bench.raw, { all: true, from: 'end' });
      for (const subscribed of [fromStart, fromFirst, fromEnd]) await subscribed.hears('caught-up');
      await bench.client.setStreamMetadata('a', { maxCount: 5 });
      await say(bench, 'b');
      for (const subscribed of [fromStart, fromFirst, fromEnd]) await subscribed.hears('b/0');
      expect(fromStart.words).toEqual(['confirmed', '$gateway/0', 'a/0', 'a/1', 'caught-up', '$$a/0', 'b/0']);
      expect(fromFirst.words).toEqual(['confirmed', 'a/1', 'caught-up', '$$a/0', 'b/0']);
      expect(fromEnd.words).toEqual(['confirmed', 'caught-up', '$$a/0', 'b/0']);
    }));

  it('from beyond the end gives whatever is appended later (row 23)', () =>
    withBench(async (bench) => {
      await say(bench, 'a', 2);
      const subscribed = new Subscribed(bench.raw, { all: true, from: 1000n });
      await subscribed.hears('caught-up');
      expect(await heard(bench, subscribed, 'a')).toEqual(['confirmed', 'caught-up', 'a/2']);
    }));

  it('sees a tombstone and goes on', () =>
    withBench(async (bench) => {
      await say(bench, 'a');
      const subscribed = new Subscribed(bench.raw, { all: true, from: 'end' });
      await subscribed.hears('caught-up');
      await bench.client.tombstoneStream('a');
      expect(await heard(bench, subscribed, 'b')).toEqual(['confirmed', 'caught-up', 'a/9223372036854775807', 'b/0']);
    }));

  it('resumes from each of its events with exactly the rest', () =>
    withBench(async (bench) => {
      for (let i = 0; i < 10; i += 1) await say(bench, i % 3 === 0 ? 'a' : 'b', 2);
      const whole = new Subscribed(bench.raw, { all: true });
      await whole.hears('caught-up');
      for (const [i] of whole.events.entries()) {
        const rest = new Subscribed(bench.raw, { all: true, from: BigInt(i + 1) });
        await rest.hears('caught-up');
        expect(rest.events).toEqual(whole.events.slice(i + 1));
        rest.cancel();
      }
    }));
});

describe('checkpoints', () => {
  const blue = { on: 'type', prefixes: ['blue'] } as const;
  const watch = (bench: Bench, rest: object, from?: ReadWish['from']): Subscribed =>
    new Subscribed(bench.raw, { all: true, filter: { ...blue, ...rest }, ...(from === undefined ? {} : { from }) });

  it('in catch-up without a match stand at the first event of each page, with prepare 0, and none comes with caught-up', () =>
    withBench(async (bench) => {
      await say(bench, 'a', 99);
      const subscribed = watch(bench, { window: 32 });
      await subscribed.hears('caught-up');
      expect(subscribed.words).toEqual([
        'confirmed',
        'checkpoint 1/0',
        'checkpoint 33/0',
        'checkpoint 65/0',
        'caught-up',
      ]);
    }));

  it('in catch-up with matches stand at the last match of the page', () =>
    withBench(async (bench) => {
      await say(bench, 'a', 10, 'blue');
      await say(bench, 'b', 90, 'red');
      const subscribed = watch(bench, { window: 32 });
      await subscribed.hears('caught-up');
      expect(subscribed.words).toEqual([
        'confirmed',
        ...Array.from({ length: 10 }, (_, i) => `a/${i}`),
        'checkpoint 11/11',
        'checkpoint 33/0',
        'checkpoint 65/0',
        'caught-up',
      ]);
    }));

  it('in catch-up come at most every multiplier times window events', () =>
    withBench(async (bench) => {
      await say(bench, 'a', 99);
      const subscribed = watch(bench, { window: 10, multiplier: 3 });
      await subscribed.hears('caught-up');
      expect(subscribed.checkpoints).toEqual(['checkpoint 21/0', 'checkpoint 51/0', 'checkpoint 81/0']);
    }));

  it('a page ends after 32 matches, as on a node', () =>
    withBench(async (bench) => {
      await say(bench, 'a', 99, 'blue');
      const subscribed = watch(bench, { window: 1000 });
      await subscribed.hears('caught-up');
      expect(subscribed.checkpoints).toEqual([]);
      const narrow = watch(bench, { window: 33 });
      await narrow.hears('caught-up');
      // Pages of 33 (32 matches), 32 and 32 considered: the second alone is too few.
      expect(narrow.checkpoints).toEqual(['checkpoint 33/33', 'checkpoint 97/97']);
    }));

  it('live come at exactly multiplier times window considered events, matching or not', () =>
    withBench(async (bench) => {
      const subscribed = watch(bench, { window: 4, multiplier: 2 }, 'end');
      await subscribed.hears('caught-up');
      for (let i = 0; i < 20; i += 1) await say(bench, 'a', 1, i === 4 ? 'blue' : 'red');
      await subscribed.hears('checkpoint 17/17');
      expect(subscribed.words).toEqual(['confirmed', 'caught-up', 'a/4', 'checkpoint 9/9', 'checkpoint 17/17']);
    }));

  it('live count on from what catch-up had considered', () =>
    withBench(async (bench) => {
      await say(bench, 'a', 5);
      const subscribed = watch(bench, { window: 8 });
      await subscribed.hears('caught-up');
      await say(bench, 'a', 10);
      await subscribed.hears('checkpoint 16/16');
      expect(subscribed.checkpoints).toEqual(['checkpoint 8/8', 'checkpoint 16/16']);
    }));

  it('never stand behind a match that has not been given, whatever the pattern', () =>
    withBench(async (bench) => {
      let seed = 7;
      const random = (): number => (seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31) / 2 ** 31;
      for (let i = 0; i < 60; i += 1)
        await say(bench, 'a', 1 + Math.floor(random() * 9), random() < 0.3 ? 'blue' : 'red');
      const page = await bench.store.readAll({ after: 'start', maxCount: 10_000 });
      const matches = Array.from({ length: page.size }, (_, i) => i).filter((i) => page.event(i).type === 'blue');
      for (const window of [1, 3, 7, 32, 50]) {
        const subscribed = watch(bench, { window });
        await subscribed.hears('caught-up');
        expect(subscribed.events.length).toBe(matches.length);
        expect(subscribed.checkpoints.length).toBeGreaterThan(0);
        for (const checkpoint of subscribed.checkpoints.filter((_, i) => i % 9 === 0)) {
          const [commit, prepare] = checkpoint.slice('checkpoint '.length).split('/') as [string, string];
          const given = subscribed.words
            .slice(0, subscribed.words.indexOf(checkpoint))
            .filter((w) => w.startsWith('a/'));
          expect(matches.filter((i) => i + 1 <= Number(commit)).length).toBeLessThanOrEqual(given.length);
          const rest = new Subscribed(bench.raw, {
            all: true,
            filter: blue,
            from: [BigInt(commit), BigInt(prepare)],
          });
          await rest.hears('caught-up');
          expect(rest.events).toEqual(subscribed.events.slice(-rest.events.length || subscribed.events.length));
          expect(given.length + rest.events.length).toBeGreaterThanOrEqual(matches.length);
          rest.cancel();
        }
        subscribed.cancel();
      }
    }));
});
