import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { IDS_UNKNOWN, KnownIds, noIds } from '../src/sessions/known-ids.js';

const seed = Number(process.env['LAPSE_SEED'] ?? 20);

describe('the ids that streams bear', () => {
  it('knows what a set for each stream would know, in one array for all of them', () => {
    const step = fc.record({ stream: fc.nat(3), id: fc.nat({ max: 2 ** 32 - 1 }), forget: fc.nat(200) });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1_000, maxLength: 1_500 }), (steps) => {
        const known = new KnownIds();
        const streams = Array.from({ length: 4 }, () => ({ ids: noIds(), model: new Set<number>() }));
        for (const { stream, id, forget } of steps) {
          const one = streams[stream] as (typeof streams)[0];
          if (forget === 0) {
            known.forget(one.ids);
            expect(one.ids.idCount).toBe(IDS_UNKNOWN);
            one.ids = noIds();
            one.model.clear();
          }
          expect(known.has(one.ids, id)).toBe(one.model.has(id));
          known.add(one.ids, id);
          one.model.add(id);
        }
        for (const { ids, model } of streams) for (const id of model) expect(known.has(ids, id)).toBe(true);
      }),
      { seed, numRuns: 6 },
    );
  });

  it('comes back from the bytes of a row as it went, up to what a row carries', () => {
    const known = new KnownIds();
    for (const count of [0, 1, 7, 8, 256]) {
      const ids = noIds();
      for (let i = 0; i < count; i++) known.add(ids, 0xffff_0000 + i);
      const again = noIds();
      known.fromBytes(again, known.toBytes(ids));
      expect(again.idCount).toBe(count);
      expect(known.toBytes(again)).toEqual(known.toBytes(ids));
      for (let i = 0; i < count; i++) expect(known.has(again, 0xffff_0000 + i)).toBe(true);
    }
    const many = noIds();
    for (let i = 0; i < 257; i++) known.add(many, i);
    expect(known.toBytes(many)).toBeNull();
    expect(known.has(many, 256)).toBe(true);
    known.fromBytes(many, null);
    expect(many.idCount).toBe(IDS_UNKNOWN);
  });
});
