import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Histogram } from '../src/index.js';

const seed = Number(process.env['LAPSE_SEED'] ?? 20);
const values = fc.array(fc.oneof(fc.nat(50), fc.nat(100_000), fc.integer({ min: 1, max: 2 ** 46 })), { minLength: 1 });
const filled = (from: readonly number[]): Histogram => {
  const histogram = new Histogram();
  for (const value of from) histogram.add(value);
  return histogram;
};

describe('a histogram', () => {
  it('tells quantiles within one percent', () => {
    fc.assert(
      fc.property(values, fc.double({ min: 0, max: 1, noNaN: true }), (list, share) => {
        const sorted = [...list].sort((a, b) => a - b);
        const exact = sorted[Math.max(0, Math.ceil(share * list.length) - 1)] as number;
        const told = filled(list).quantile(share) as number;
        expect(Math.abs(told - exact)).toBeLessThanOrEqual(exact * 0.0101);
      }),
      { seed },
    );
  });

  it('says of two added up what one over both would have said', () => {
    fc.assert(
      fc.property(values, values, (a, b) => {
        const both = filled(a);
        both.merge(filled(b));
        expect(both.toCounts()).toEqual(filled([...a, ...b]).toCounts());
        expect(both.max).toBe(Math.max(...a, ...b));
        expect(Histogram.from(both.toCounts()).toCounts()).toEqual(both.toCounts());
      }),
      { seed },
    );
  });

  it('tells how many values there are up to one, and their sum, as closely', () => {
    fc.assert(
      fc.property(values, fc.nat(100_000), (list, bound) => {
        const histogram = filled(list);
        const upTo = (limit: number): number => list.filter((value) => value <= limit).length;
        expect(histogram.countUpTo(bound)).toBeGreaterThanOrEqual(upTo(bound));
        expect(histogram.countUpTo(bound)).toBeLessThanOrEqual(upTo(Math.max(1, bound) * 1.0201));
        const sum = list.reduce((total, value) => total + value, 0);
        expect(Math.abs(histogram.approximateSum - sum)).toBeLessThanOrEqual(sum * 0.0101);
      }),
      { seed },
    );
  });

  it('has nothing to say about nothing, and takes what is negative for zero', () => {
    expect(new Histogram().quantile(0.5)).toBeUndefined();
    expect(filled([-5]).quantile(0.5)).toBe(0);
  });
});
