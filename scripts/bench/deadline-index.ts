import { DeadlineIndex, KeySlots } from '@lapse/timeouts';
import { seededRandom } from './lib/random.js';
import { rounds } from './lib/rounds.js';
import type { Bench, BenchContext } from './lib/types.js';

const HOUR_MS = 3_600_000;
const NOW_MS = Date.UTC(2026, 2, 1);
const REARMS_PER_SECOND_WANTED = 5_000_000;
const BYTES_ALLOWED = 32;

/** Half of the moves go later (a message restarts the clock), half earlier (an agent's answer takes 6 h to 20 min). */
interface Moves {
  readonly keys: Int32Array;
  readonly dueMs: Float64Array;
}

const newMoves = (count: number, pending: number): Moves => {
  const random = seededRandom(7);
  const keys = new Int32Array(count);
  const dueMs = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    keys[i] = Math.floor(random() * pending);
    dueMs[i] = NOW_MS + random() * 24 * HOUR_MS;
  }
  return { keys, dueMs };
};

const perSecond = (count: number, work: () => void): number => {
  const startedMs = performance.now();
  work();
  return (count * 1000) / (performance.now() - startedMs);
};

const run = async ({ quick, figure, log }: BenchContext): Promise<void> => {
  const pending = quick ? 100_000 : 1_000_000;
  const moves = newMoves(quick ? 500_000 : 5_000_000, pending);
  const index = new DeadlineIndex({ pendingMax: pending });
  const slots = new KeySlots();
  for (let key = 0; key < pending; key++) {
    const slot = index.allocate();
    slots.set(key + 1, slot);
    index.arm(slot, NOW_MS + (key % 1440) * 60_000);
  }
  log(`${pending} deadlines pending, ${moves.keys.length} moved, half of them earlier`);
  const { bySlot, byKey } = await measure(index, slots, moves, quick);
  const limit = REARMS_PER_SECOND_WANTED;
  figure({ figure: 're-arms', value: bySlot, unit: 're-arms/s', limit, note: 'by slot: the index alone' });
  figure({ figure: 're-arms-by-key', value: byKey, unit: 're-arms/s', limit, note: 'with the map from keys to slots' });
  figure({ figure: 'bytes', value: index.bytes / pending, unit: 'bytes/deadline', limit: BYTES_ALLOWED });
  figure({
    figure: 'map-bytes',
    value: slots.bytes / pending,
    unit: 'bytes/deadline',
    note: 'the map from keys to slots',
  });
};

const measure = async (index: DeadlineIndex, slots: KeySlots, { keys, dueMs }: Moves, quick: boolean) => {
  const results = await rounds(quick ? 3 : 7, {
    bySlot: () =>
      perSecond(keys.length, () => {
        for (let i = 0; i < keys.length; i++) index.arm(keys[i] as number, dueMs[i] as number);
      }),
    byKey: () =>
      perSecond(keys.length, () => {
        for (let i = 0; i < keys.length; i++) index.arm(slots.get((keys[i] as number) + 1), dueMs[i] as number);
      }),
  });
  return { bySlot: results.bySlot.median, byKey: results.byKey.median };
};

export const bench: Bench = {
  name: 'deadline-index',
  about: 'moving deadlines at a million pending, and what one takes in memory',
  run,
};
