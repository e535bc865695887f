import { expect, it } from '@jest/globals';
import { NO_STREAM, type Position } from '../port.js';
import { onBench, type EventStoreContract } from './bench.js';
import { manyEvents } from './events.js';
import { codeOf, everything } from './look.js';

const BAD_POSITIONS = [
  '',
  ' ',
  'nonsense',
  '-1',
  '1.5',
  'NaN',
  '0x10',
  'end',
  'START',
  '1e3',
  '9'.repeat(40),
  '\u0661',
  '__proto__',
];

export const positionCases = (contract: EventStoreContract): void => {
  it(
    'orders positions as the events stand, start before all, whatever their text looks like',
    onBench(contract, async ({ store, make }) => {
      for (let i = 0; i < 12; i += 1) await store.append(`s-${i}`, manyEvents(make, 1 + i), NO_STREAM);
      const places: (Position | 'start')[] = ['start', ...(await everything(store)).map(({ position }) => position)];
      expect(new Set(places).size).toBe(places.length);
      for (const [i, a] of places.entries()) {
        for (const [j, b] of places.entries()) expect(Math.sign(store.comparePositions(a, b))).toBe(Math.sign(i - j));
      }
    }),
  );

  it(
    'refuses text that is no position, wherever it is handed in',
    onBench(contract, async ({ store, make }) => {
      await store.append('a', manyEvents(make, 2), NO_STREAM);
      const real = await store.headPosition();
      const bad = [...BAD_POSITIONS, `${real}x`, ` ${real}`, `${real}\n`] as Position[];
      for (const after of bad) {
        expect(() => store.comparePositions(after, 'start')).toThrow(expect.objectContaining({ code: 'bad-position' }));
        expect(() => store.comparePositions(real, after)).toThrow(expect.objectContaining({ code: 'bad-position' }));
        expect(await codeOf(() => store.readAll({ after }))).toBe('bad-position');
      }
    }),
  );

  it(
    'has an identity that stays, and that another log does not have',
    onBench(contract, async ({ store, make, openAnother }) => {
      const identity = await store.identity();
      expect(identity.length).toBeGreaterThan(0);
      await store.append('a', [make()], NO_STREAM);
      expect(await store.identity()).toBe(identity);
      expect(await (await openAnother()).identity()).not.toBe(identity);
    }),
  );

  if (contract.capabilities.reopens) {
    it(
      'has the same identity, events, positions and head after it was opened again',
      onBench(contract, async ({ store, make, reopen }) => {
        await store.append('a', manyEvents(make, 3), NO_STREAM);
        await store.append('b', manyEvents(make, 2), NO_STREAM);
        const [identity, head, events] = [await store.identity(), await store.headPosition(), await everything(store)];
        const later = await reopen();
        expect(await later.identity()).toBe(identity);
        expect(await later.headPosition()).toBe(head);
        expect(await everything(later)).toEqual(events);
        expect(await later.append('a', [make()], 2)).toMatchObject({ kind: 'appended', lastRevision: 3 });
        expect(later.comparePositions(await later.headPosition(), head)).toBeGreaterThan(0);
      }),
    );
  }
};
