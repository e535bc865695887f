import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { eventBytes } from '../src/wire/event-bytes.js';
import { eventMessage } from '../src/wire/read-answer.js';
import type { ShownEvent } from '../src/wire/shown-event.js';

const SEED = Number(process.env['LAPSE_SEED'] ?? 20);

/** Also what lies on the borders of seven bits, of 32 bits, and of whole numbers. */
const wholeNumber = (min: number): fc.Arbitrary<number> =>
  fc.oneof(
    fc.integer({ min, max: 20_000 }),
    fc.maxSafeNat().map((number) => Math.max(min, number)),
    fc.constantFrom(127, 128, 16_383, 16_384, 2 ** 31, 2 ** 32 - 1, 2 ** 32, Number.MAX_SAFE_INTEGER),
  );

const uuid = fc.oneof(
  fc.uuid({ version: [1, 4, 7, 8] }),
  fc.constantFrom(
    '00000000-0000-0000-8000-000000000000',
    '00000000-0000-0001-0000-000000000000',
    '00000000-0000-0000-0000-000000000080',
    'ffffffff-ffff-ffff-ffff-ffffffffffff',
  ),
);
const text = fc.oneof(
  fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }),
  fc.string({ unit: 'binary', minLength: 100, maxLength: 300 }),
);
const payload = fc.oneof(fc.uint8Array(), fc.uint8Array({ minLength: 120, maxLength: 20_000 }));

const event: fc.Arbitrary<ShownEvent & { revision: number }> = fc.record({
  id: uuid,
  stream: text,
  type: text,
  contentType: fc.constantFrom('application/json', 'application/octet-stream'),
  data: payload,
  metadata: payload,
  revision: wholeNumber(0),
  position: wholeNumber(1),
  storedAtMs: fc.oneof(fc.constantFrom(0, 1, 999.5), fc.integer({ min: 0, max: 8_640_000_000_000_000 })),
});

describe('the answer with an event, written by hand', () => {
  it.each(['structured', 'string'] as const)(
    `is byte for byte what the message classes make of it, ids in their %s form (seed ${SEED})`,
    (form) =>
      fc.assert(
        fc.property(event, (shown) => {
          const byClasses = Buffer.from(eventMessage(shown, form).serializeBinary());
          expect(eventBytes(shown, shown.revision, form).toString('hex')).toBe(byClasses.toString('hex'));
        }),
        { seed: SEED, numRuns: 500 },
      ),
  );

  it('stays what it is when others are written after it', () => {
    const shown = fc.sample(event, { seed: SEED, numRuns: 2 });
    const [first, second] = shown as [(typeof shown)[0], (typeof shown)[0]];
    const bytes = eventBytes(first, first.revision, 'string');
    const before = bytes.toString('hex');
    eventBytes(second, second.revision, 'string');
    expect(bytes.toString('hex')).toBe(before);
  });
});
