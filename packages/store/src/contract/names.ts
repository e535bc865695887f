import { expect, it } from '@jest/globals';
import { NO_STREAM } from '../port.js';
import { EVENT_TYPE_CHARS_MAX, STREAM_NAME_CHARS_MAX } from '../validate.js';
import { onBench, type EventStoreContract } from './bench.js';
import { codeOf, everything, eventsOf } from './look.js';

const HOSTILE_NAMES = [
  ...[
    "it's",
    `"quoted"`,
    '`ticks`',
    "x'; DROP TABLE events; --",
    '%',
    '_',
    'a_b',
    'a%b',
    '?1',
    ':name',
    '\\',
    '/',
    '../..',
  ],
  ...['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'undefined', 'null', 'NaN', '0', '-1', 'start', 'all'],
  ...[' ', ' padded ', 'with space', 'a/b?c=d&e#f', '<b>', '{}', '[]', 'a\u00a0b', 'A', 'a'],
  ...[
    '买家-会话',
    'Ä',
    'A\u0308',
    'ﬁ',
    'İ',
    '\u{1f600}',
    '\u{10ffff}',
    '\ufeffbom',
    '\u202eright-to-left',
    '\u2028',
    '\uffff',
  ],
];
const CONTROL_CHARACTERS = ['\u0000', '\n', '\r', '\t', '\u001f', '\u007f', '\u0085', '\u009f'];
const LONE_SURROGATES = ['\ud800', '\udfff', 'a\ud83d', '\ude00b', '\ude00\ud83d'];

export const nameCases = (contract: EventStoreContract): void => {
  const { keepsSystemNames } = contract.capabilities;

  it(
    'keeps streams of every hostile name apart, letter by letter',
    onBench(contract, async ({ store, make }) => {
      for (const name of HOSTILE_NAMES) {
        expect(await store.readStream(name)).toEqual({ kind: 'no-stream' });
        expect(await store.append(name, [make()], NO_STREAM)).toMatchObject({ kind: 'appended', lastRevision: 0 });
      }
      for (const name of HOSTILE_NAMES) {
        expect((await eventsOf(store, name)).map(({ stream, revision }) => [stream, revision])).toEqual([[name, 0]]);
      }
      expect((await everything(store)).map(({ stream }) => stream)).toEqual(HOSTILE_NAMES);
    }),
  );

  it(
    'keeps every hostile event type as it is',
    onBench(contract, async ({ store, make }) => {
      const types = [...HOSTILE_NAMES, 'x'.repeat(EVENT_TYPE_CHARS_MAX), '\u4e70'.repeat(EVENT_TYPE_CHARS_MAX)];
      await store.append(
        'a',
        types.map((type) => make({ type })),
        NO_STREAM,
      );
      expect((await eventsOf(store, 'a')).map(({ type }) => type)).toEqual(types);
    }),
  );

  it(
    'takes the longest stream name, also where each letter has three bytes, and refuses one more',
    onBench(contract, async ({ store, make }) => {
      for (const letter of ['x', '\u4e70']) {
        const longest = letter.repeat(STREAM_NAME_CHARS_MAX);
        await store.append(longest, [make()], NO_STREAM);
        expect((await eventsOf(store, longest))[0]?.stream).toBe(longest);
        expect(await codeOf(() => store.append(`${longest}${letter}`, [make()], NO_STREAM))).toBe('bad-stream-name');
      }
    }),
  );

  it(
    'refuses empty names, control characters, halves of surrogate pairs and "$$" for writing and for reading',
    onBench(contract, async ({ store, make }) => {
      const bad = ['', '$$', 'x'.repeat(100_000), ...LONE_SURROGATES, ...CONTROL_CHARACTERS.map((c) => `a${c}b`)];
      for (const name of bad) {
        expect(await codeOf(() => store.append(name, [make()], NO_STREAM))).toBe('bad-stream-name');
        expect(await codeOf(() => store.append(name, [], 'any'))).toBe('bad-stream-name');
        expect(await codeOf(() => store.readStream(name))).toBe('bad-stream-name');
      }
      expect(await everything(store)).toEqual([]);
    }),
  );

  it(
    'refuses event types that are empty, too long or have characters that no name may have',
    onBench(contract, async ({ store, make }) => {
      const bad = ['', 'x'.repeat(EVENT_TYPE_CHARS_MAX + 1), ...LONE_SURROGATES, ...CONTROL_CHARACTERS];
      for (const type of bad) {
        expect(await codeOf(() => store.append('a', [make(), make({ type })], NO_STREAM))).toBe('bad-event-type');
      }
      expect(await store.readStream('a')).toEqual({ kind: 'no-stream' });
    }),
  );

  it(
    'refuses ids that are no UUID in lower case with hyphens, and the one of zeros',
    onBench(contract, async ({ store, make }) => {
      const good = '0190f3c2-7d1e-7abc-8def-0123456789ab';
      const bad = [
        ...['', 'x', good.toUpperCase(), good.replaceAll('-', ''), `{${good}}`, `(${good})`, ` ${good}`, `${good}\n`],
        ...[`${good}0`, good.slice(1), good.replace('0', 'g'), good.replaceAll('-', '_'), '01ARZ3NDEKTSV4RRFFQ69G5FAV'],
        ...['00000000-0000-0000-0000-000000000000', '__proto__', "'; DROP TABLE events; --"],
      ];
      for (const id of bad) {
        expect(await codeOf(() => store.append('a', [make({ id })], NO_STREAM))).toBe('bad-event-id');
      }
      for (const id of [good, 'ffffffff-ffff-ffff-ffff-ffffffffffff', '00000000-0000-0000-0000-000000000001']) {
        await store.append('a', [make({ id })], 'any');
      }
      expect((await eventsOf(store, 'a')).map(({ id }) => id).slice(1)).toEqual([
        'ffffffff-ffff-ffff-ffff-ffffffffffff',
        '00000000-0000-0000-0000-000000000001',
      ]);
    }),
  );

  it(
    'refuses expected revisions that are none',
    onBench(contract, async ({ store, make }) => {
      const bad = [
        -2,
        0.5,
        Number.NaN,
        Number.POSITIVE_INFINITY,
        2 ** 53,
        '0' as unknown as number,
        null as unknown as number,
      ];
      for (const expected of bad) {
        expect(await codeOf(() => store.append('a', [make()], expected))).toBe('bad-revision');
        expect(await codeOf(() => store.append('a', [], expected))).toBe('bad-revision');
      }
      expect(await store.readStream('a')).toEqual({ kind: 'no-stream' });
    }),
  );

  if (keepsSystemNames) {
    it(
      'keeps streams and types whose names start with "$" like any other',
      onBench(contract, async ({ store, make }) => {
        await store.append('$$a', [make({ type: '$metadata' })], NO_STREAM);
        await store.append('$ops', [make({ type: '$>' })], NO_STREAM);
        expect((await everything(store)).map(({ stream, type }) => [stream, type])).toEqual([
          ['$$a', '$metadata'],
          ['$ops', '$>'],
        ]);
      }),
    );
  }
};
