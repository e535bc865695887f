import { expect, it } from '@jest/globals';
import { NO_STREAM } from '../port.js';
import { STREAM_NAME_CHARS_MAX, STREAM_PREFIXES_MAX } from '../validate.js';
import { mixedLog } from './all-pages.js';
import { onBench, type EventStoreContract } from './bench.js';
import { manyEvents } from './events.js';
import { codeOf, eventsIn, everything, pagesOf } from './look.js';

export const filterCases = (contract: EventStoreContract): void => {
  it(
    'gives only the streams that start with one of several prefixes, each event once also where prefixes overlap',
    onBench(contract, async (bench) => {
      const all = await mixedLog(bench);
      const wanted = [
        ['red-'],
        ['blue-'],
        ['red-2', 'blue'],
        ['r', 'red', 'red-1'],
        ['red-1', 'red-1'],
        [''],
        ['green', ''],
      ];
      for (const streamPrefixes of wanted) {
        const matching = all.filter(({ stream }) => streamPrefixes.some((prefix) => stream.startsWith(prefix)));
        for (const maxCount of [1, 2, 5, 100]) {
          expect(await everything(bench.store, { streamPrefixes, maxCount })).toEqual(matching);
        }
      }
    }),
  );

  it(
    'moves scannedTo also over pages where nothing matches, by no more events than asked to look at',
    onBench(contract, async ({ store, make }) => {
      await store.append('noise', manyEvents(make, 20), NO_STREAM);
      await store.append('wanted-1', manyEvents(make, 2), NO_STREAM);
      await store.append('noise', manyEvents(make, 20), 19);
      const places = (await everything(store)).map(({ position }) => position);
      const pages = await pagesOf(store, { streamPrefixes: ['wanted-'], maxCount: 3 });
      expect(pages.some(({ size, atEnd }) => size === 0 && !atEnd)).toBe(true);
      expect(pages.flatMap(eventsIn).map(({ stream, revision }) => [stream, revision])).toEqual([
        ['wanted-1', 0],
        ['wanted-1', 1],
      ]);
      let looked = -1;
      for (const { scannedTo } of pages) {
        const next = places.filter((position) => store.comparePositions(position, scannedTo) <= 0).length - 1;
        expect(next - looked).toBeLessThanOrEqual(3);
        looked = next;
      }
      expect(looked).toBe(places.length - 1);
    }),
  );

  it(
    'resumes a filtered reading after every position with exactly the rest that matches',
    onBench(contract, async (bench) => {
      const all = await mixedLog(bench);
      for (const [i, { position }] of all.entries()) {
        const rest = all.slice(i + 1).filter(({ stream }) => stream.startsWith('red-'));
        expect(await everything(bench.store, { after: position, streamPrefixes: ['red-'], maxCount: 2 })).toEqual(rest);
      }
    }),
  );

  it(
    'reaches the end where no stream matches, and with an empty list of prefixes',
    onBench(contract, async (bench) => {
      const all = await mixedLog(bench);
      for (const streamPrefixes of [['green-'], ['red-1x'], ['RED-'], []]) {
        const pages = await pagesOf(bench.store, { streamPrefixes, maxCount: 5 });
        expect(pages.flatMap(eventsIn)).toEqual([]);
        expect(pages.at(-1)?.scannedTo).toBe(all.at(-1)?.position);
      }
    }),
  );

  it(
    'takes prefixes letter by letter: no letter stands for another',
    onBench(contract, async ({ store, make }) => {
      const names = [
        'a%b',
        'xa%b',
        '-买家-1',
        'aXb',
        'a_b',
        'A_b',
        "a'b",
        'a"b',
        'a*b',
        'a?b',
        'a[b',
        'a\\b',
        'a.b',
        '买家-1',
        '买家2',
        '\u{1f600}x',
        '\u{1f601}x',
      ];
      for (const name of names) await store.append(name, [make()], NO_STREAM);
      const prefixes = ['a%', 'a_', 'A_', "a'", 'a"', 'a*', 'a?', 'a[', 'a\\', 'a.', '买家-', '\u{1f600}', 'a'];
      for (const prefix of prefixes) {
        const found = (await everything(store, { streamPrefixes: [prefix] })).map(({ stream }) => stream);
        expect([prefix, found]).toEqual([prefix, names.filter((name) => name.startsWith(prefix))]);
      }
    }),
  );

  it(
    'takes as many prefixes as are allowed and refuses more, and such that no name can start with',
    onBench(contract, async ({ store, make }) => {
      await store.append('s-42', [make()], NO_STREAM);
      const most = Array.from({ length: STREAM_PREFIXES_MAX }, (_, i) => `s-${i}`);
      expect(await everything(store, { streamPrefixes: most })).toHaveLength(1);
      for (const streamPrefixes of [[...most, 's'], ['a\u0000'], ['\ud800'], ['x'.repeat(STREAM_NAME_CHARS_MAX + 1)]]) {
        expect(await codeOf(() => store.readAll({ after: 'start', streamPrefixes }))).toBe('bad-stream-name');
      }
    }),
  );
};
