import { describe, expect, it } from '@jest/globals';
import { normaliseEventId, ulidOfUuid, uuidFromUlid } from '../src/index.js';

const SEED = Number(process.env['LAPSE_SEED'] ?? 11);
const COUNT = 100_000;
const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** Uniform in [0, 1), the same for the same seed. */
const seededRandom = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};

const randomUlid = (random: () => number): string => {
  let text = CROCKFORD.charAt(Math.floor(random() * 8));
  while (text.length < 26) text += CROCKFORD.charAt(Math.floor(random() * 32));
  return text;
};

/** All bits 0 but the last, all bits 1, and around every border between two groups of a UUID. */
const boundaries = [
  '0'.repeat(25) + '1',
  '7' + 'Z'.repeat(25),
  '7' + '0'.repeat(25),
  '0' + 'Z'.repeat(25),
  ...Array.from({ length: 25 }, (_, i) => '0'.repeat(i + 1) + 'Z' + '0'.repeat(24 - i)),
  ...Array.from({ length: 25 }, (_, i) => '7' + 'Z'.repeat(i) + '0' + 'Z'.repeat(24 - i)),
];

/** The 128 bits, by arithmetic of its own. */
const bitsOf = (ulid: string): bigint =>
  [...ulid].reduce((bits, letter) => bits * 32n + BigInt(CROCKFORD.indexOf(letter)), 0n);

describe('event ids', () => {
  it(`are the same 128 bits as ULID and as UUID, there and back, for ${COUNT} random ones and the boundaries (seed ${SEED})`, () => {
    const random = seededRandom(SEED);
    const ulids = [...boundaries, ...Array.from({ length: COUNT }, () => randomUlid(random))];
    for (const ulid of ulids) {
      const uuid = uuidFromUlid(ulid);
      const hex = uuid.replaceAll('-', '');
      const isSame =
        /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/.test(uuid) &&
        BigInt(`0x${hex}`) === bitsOf(ulid) &&
        ulidOfUuid(uuid) === ulid &&
        normaliseEventId(ulid.toLowerCase()) === uuid &&
        normaliseEventId(uuid.toUpperCase()) === uuid;
      if (!isSame) throw new Error(`${ulid} became ${uuid}, which became ${ulidOfUuid(uuid)}`);
    }
    // Sorting by either text is sorting by the bits.
    const sorted = ulids.toSorted();
    expect(sorted.map(uuidFromUlid)).toEqual(ulids.map(uuidFromUlid).toSorted());
  });
});
