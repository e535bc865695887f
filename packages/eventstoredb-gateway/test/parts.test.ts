import { setTimeout as sleepMs } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { Deadlines } from '../src/append/deadlines.js';
import { derivedUuid, randomUuid } from '../src/ids.js';
import { PageSizer } from '../src/read/page-sizer.js';
import { Pauses } from '../src/read/pause.js';
import { RecentIds } from '../src/streams/recent-ids.js';
import { StreamLocks } from '../src/streams/stream-locks.js';
import { readStreamRules, recreatedMetadata } from '../src/streams/stream-rules.js';
import { canonicalUuid } from '../src/wire/uuid.js';
import { until } from './support/bench.js';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('the locks of streams', () => {
  it('let shared ones in together, exclusive ones alone, in the order in which they came', async () => {
    const locks = new StreamLocks();
    const log: string[] = [];
    const enter = async (name: string, exclusive: boolean): Promise<void> => {
      const release = await (exclusive ? locks.exclusive('a') : locks.shared('a'));
      log.push(`${name} in`);
      await sleepMs(5);
      log.push(`${name} out`);
      release();
    };
    await Promise.all([enter('1', false), enter('2', false), enter('3', true), enter('4', false), enter('5', false)]);
    expect(log).toEqual(['1 in', '2 in', '1 out', '2 out', '3 in', '3 out', '4 in', '5 in', '4 out', '5 out']);
  });

  it('of other streams do not wait, and a release counts once', async () => {
    const locks = new StreamLocks();
    const release = await locks.exclusive('a');
    await locks.exclusive('b');
    let isIn = false;
    const waiting = locks.shared('a').then(() => (isIn = true));
    await sleepMs(1);
    expect(isIn).toBe(false);
    release();
    release();
    expect(await waiting).toBe(true);
  });
});

describe('recent ids', () => {
  it('stay within their bytes, also over many of them, and know the newest', () => {
    const recent = new RecentIds(100 * (28 + 26 + 2));
    for (let i = 0; i < 10_000; i += 1) recent.add(`id-${i}`, 'a', i);
    expect(recent.revisionOf('id-9999', 'a')).toBe(9999);
    expect(recent.revisionOf('id-9900', 'a')).toBe(9900);
    expect(recent.revisionOf('id-9899', 'a')).toBeUndefined();
    expect(recent.revisionOf('id-9999', 'b')).toBeUndefined();
  });
});

describe('stream metadata', () => {
  it.each([
    ['{}', 0],
    ['{"$tb":5}', 5],
    ['{"$tb":9223372036854775807}', 'all'],
    ['{"$tb":9223372036854775000}', 9223372036854775000 >= 2 ** 63 ? 'all' : 9223372036854775000],
  ])('%s truncates before %s', (json, expected) => expect(readStreamRules(bytes(json)).truncateBefore).toBe(expected));

  it('keeps everything but $tb when a stream is recreated', () => {
    const data = recreatedMetadata(bytes('{"$tb":9223372036854775807,"$acl":{"$r":["a"]},"own":[1]}'), 7);
    expect(JSON.parse(new TextDecoder().decode(data))).toEqual({ $tb: 7, $acl: { $r: ['a'] }, own: [1] });
    expect(recreatedMetadata(bytes('7'), 1)).toBeUndefined();
  });
});

describe('pages', () => {
  it('grow while they are light, shrink while they are heavy, never beyond their bounds', () => {
    const sizer = new PageSizer(512, 1000);
    const sizes: number[] = [];
    const weigh = (size: number): void => sizer.read({ data: new Uint8Array(size), metadata: new Uint8Array() });
    for (let i = 0; i < 6; i += 1) sizes.push(sizer.next());
    for (let i = 0; i < 3; i += 1) {
      weigh(5000);
      sizes.push(sizer.next());
    }
    expect(sizes).toEqual([64, 128, 256, 512, 512, 512, 256, 128, 64]);
    expect(sizer.next(3)).toBe(3);
  });
});

describe('pauses of a scan', () => {
  it('are due by the steps of matching, and let everybody else have a turn', async () => {
    const pauses = new Pauses();
    expect(pauses.isDue(99_999)).toBe(false);
    expect(pauses.isDue(1)).toBe(true);
    const turns: string[] = [];
    setImmediate(() => turns.push('somebody else'));
    await pauses.take();
    turns.push('the scan');
    expect(turns).toEqual(['somebody else', 'the scan']);
    expect(pauses.isDue(1)).toBe(false);
  });
});

describe('deadlines', () => {
  it('are over when they are, cancelled ones never, and nothing ticks without one', async () => {
    let sleeps = 0;
    let nowMs = 0;
    const deadlines = new Deadlines({
      nowMs: () => nowMs,
      checkMs: 10,
      sleep: async () => {
        sleeps += 1;
        nowMs += 10;
        await sleepMs(1);
      },
    });
    const over: string[] = [];
    deadlines.add(25, () => over.push('late'));
    deadlines.add(5, () => over.push('early'));
    deadlines.add(5, () => over.push('cancelled')).cancel();
    await until(() => over.length === 2, 'both');
    expect(over).toEqual(['early', 'late']);
    const before = sleeps;
    await sleepMs(20);
    expect(sleeps).toBe(before);
  });
});

describe('ids', () => {
  it('are UUIDs, random ones of version 4 and derived ones the same for the same text', () => {
    let i = 0;
    const random = (): number => ((i += 7) % 16) / 16;
    expect(randomUuid(random)).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(derivedUuid('x')).toBe(derivedUuid('x'));
    expect(derivedUuid('x')).not.toBe(derivedUuid('y'));
    expect(canonicalUuid(derivedUuid('x'))).toBe(derivedUuid('x'));
  });

  it.each(['', 'x', '0123', '{01234567-89ab-cdef-8123-456789abcdef', '01234567-89ab-cdef-8123-456789abcdeg'])(
    '"%s" is none',
    (text) => expect(canonicalUuid(text)).toBeUndefined(),
  );
});
