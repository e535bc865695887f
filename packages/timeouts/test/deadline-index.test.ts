import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DeadlineIndex, DUE_MS_MAX } from '../src/deadlines/deadline-index.js';
import { KeySlots } from '../src/deadlines/key-slots.js';

const seed = Number(process.env['LAPSE_SEED'] ?? 20);
const YEAR_MS = 365 * 86_400_000;
const T0 = Date.parse('2026-03-01T10:00:00.000Z');

const takeAll = (index: DeadlineIndex, nowMs: number, max = 1_000_000): [slot: number, dueMs: number][] => {
  const taken: [number, number][] = [];
  index.takeDue(nowMs, max, (slot, dueMs) => taken.push([slot, dueMs]));
  return taken;
};

describe('the deadline index', () => {
  it('fires strictly after the deadline, not at it (D1)', () => {
    const index = new DeadlineIndex({ pendingMax: 10 });
    index.arm(index.allocate(), T0);
    expect(takeAll(index, T0)).toEqual([]);
    expect(takeAll(index, T0 + 1)).toEqual([[0, T0]]);
    expect(index.pending).toBe(0);
  });

  it('takes deadlines of the past, of now and of a century ahead', () => {
    const index = new DeadlineIndex({ pendingMax: 10 });
    for (const dueMs of [T0 + 100 * YEAR_MS, 0, T0, DUE_MS_MAX, T0 - 100]) index.arm(index.allocate(), dueMs);
    expect(takeAll(index, T0 + 1).map(([, dueMs]) => dueMs)).toEqual([0, T0 - 100, T0]);
    expect(takeAll(index, T0 + 100 * YEAR_MS + 1).map(([, dueMs]) => dueMs)).toEqual([T0 + 100 * YEAR_MS]);
    expect(takeAll(index, DUE_MS_MAX + 1)).toEqual([[3, DUE_MS_MAX]]);
  });

  it('puts a later deadline back when its entry comes up early, and moves an earlier one at once', () => {
    const index = new DeadlineIndex({ pendingMax: 10 });
    const [a, b] = [index.allocate(), index.allocate()];
    index.arm(a, T0 + 1_000);
    index.arm(b, T0 + 100_000_000);
    index.arm(a, T0 + 5_000);
    index.arm(b, T0 + 2_000);
    expect(takeAll(index, T0 + 1_500)).toEqual([]);
    expect(takeAll(index, T0 + 10_000)).toEqual([
      [b, T0 + 2_000],
      [a, T0 + 5_000],
    ]);
  });

  it('finds nothing due when the clock goes backwards, and fires exactly when it comes again', () => {
    const index = new DeadlineIndex({ pendingMax: 10 });
    const [a, b] = [index.allocate(), index.allocate()];
    index.arm(a, T0 + 1_000);
    expect(takeAll(index, T0 + 2_000)).toHaveLength(1);
    index.arm(b, T0 + 500);
    expect(takeAll(index, T0)).toEqual([]);
    expect(index.soonestMs()).toBe(T0 + 500);
    expect(takeAll(index, T0 + 500)).toEqual([]);
    expect(takeAll(index, T0 + 501)).toEqual([[b, T0 + 500]]);
  });

  it('refuses more deadlines than it was told to hold', () => {
    const index = new DeadlineIndex({ pendingMax: 2 });
    index.allocate();
    index.release(index.allocate());
    index.allocate();
    expect(() => index.allocate()).toThrow(RangeError);
  });

  it('does what a sorted list would do, whatever is armed, moved, disarmed and taken', () => {
    const due = fc.oneof(
      fc.integer({ min: -5_000, max: 5_000 }),
      fc.integer({ min: -100_000, max: 100_000_000 }),
      fc.integer({ min: -50, max: 100 }).map((years) => years * YEAR_MS),
    );
    const step = fc.oneof(
      fc.record({ do: fc.constant('arm' as const), slot: fc.nat(30), offsetMs: due }),
      fc.record({ do: fc.constant('disarm' as const), slot: fc.nat(30), offsetMs: fc.constant(0) }),
      fc.record({ do: fc.constant('take' as const), slot: fc.nat(8), offsetMs: due }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const index = new DeadlineIndex({ pendingMax: 100 });
        for (let i = 0; i <= 30; i++) index.allocate();
        const model = new Map<number, number>();
        let nowMs = T0;
        for (const { do: what, slot, offsetMs } of steps) {
          if (what === 'arm') {
            model.set(slot, Math.min(Math.max(nowMs + offsetMs, 0), DUE_MS_MAX));
            index.arm(slot, nowMs + offsetMs);
          } else if (what === 'disarm') {
            model.delete(slot);
            index.disarm(slot);
          } else {
            nowMs = Math.max(0, Math.min(nowMs + offsetMs, DUE_MS_MAX));
            const expected = [...model.values()].filter((dueMs) => dueMs < nowMs).sort((a, b) => a - b);
            const taken = takeAll(index, nowMs, slot);
            expect(taken.map(([, dueMs]) => dueMs)).toEqual(expected.slice(0, slot));
            for (const [takenSlot, dueMs] of taken) {
              expect(model.get(takenSlot)).toBe(dueMs);
              model.delete(takenSlot);
            }
          }
          expect(index.pending).toBe(model.size);
          const soonest = Math.min(...model.values());
          expect(index.soonestMs() ?? Infinity).toBeLessThanOrEqual(soonest);
        }
      }),
      { seed, numRuns: 500 },
    );
  });

  it('takes at most 32 bytes a deadline, whatever their number', () => {
    const index = new DeadlineIndex({ pendingMax: 1_000_000 });
    for (let i = 1; i <= 200_000; i++) {
      index.arm(index.allocate(), T0 + ((i * 7919) % 86_400_000));
      if (i >= 20_000 && i % 1_000 === 0) expect(index.bytes / i).toBeLessThanOrEqual(32);
    }
  });
});

describe('the map from keys to slots', () => {
  it('does what a Map would do', () => {
    const key = fc.oneof(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 2 ** 52 }));
    const step = fc.record({ key, slot: fc.nat(1_000), isDelete: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 3_000 }), (steps) => {
        const slots = new KeySlots();
        const model = new Map<number, number>();
        for (const { key: k, slot, isDelete } of steps) {
          if (isDelete) {
            model.delete(k);
            slots.delete(k);
          } else {
            model.set(k, slot);
            slots.set(k, slot);
          }
          expect(slots.get(k)).toBe(model.get(k) ?? -1);
        }
        expect(slots.size).toBe(model.size);
        for (const [k, slot] of model) expect(slots.get(k)).toBe(slot);
      }),
      { seed, numRuns: 60 },
    );
  });
});
