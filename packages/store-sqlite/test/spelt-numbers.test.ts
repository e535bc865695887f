import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { SpeltNumbers } from '../src/spelt-numbers.js';

const seed = Number(process.env['LAPSE_SEED'] ?? 20);
const numbers = new SpeltNumbers();
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('numbers that SQLite has spelled', () => {
  it('are read as JSON reads them, whole ones and others', () => {
    const whole = fc.oneof(fc.maxSafeInteger(), fc.integer(), fc.nat(9));
    const large = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
    const other = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);
    const one = fc.oneof(
      { weight: 20, arbitrary: whole },
      { weight: 1, arbitrary: large.map(String) },
      { weight: 1, arbitrary: other },
    );
    fc.assert(
      fc.property(fc.array(one), (given) => {
        const json = `[${given.join(',')}]`;
        expect([...numbers.read(bytes(json))]).toEqual(JSON.parse(json));
      }),
      { seed, numRuns: 2_000 },
    );
  });

  it('may be none', () => {
    expect([...numbers.read(bytes('[]'))]).toEqual([]);
  });

  it('are refused where they are not well-formed', () => {
    for (const text of ['[1,nu11]', '[1;2]', '[1,x']) {
      expect(() => numbers.read(bytes(text))).toThrow(SyntaxError);
    }
  });
});
