import { describe, expect, it } from '@jest/globals';
import { seededRandom } from '@lapse/store/contract';
import { faultyStore, type Fault } from './faulty-store.js';
import { startFollowing, turns } from './follow-helpers.js';
import { openMemoryStore, someEvents } from './memory-store.js';

const WORLDS = 300;
const SUBSCRIPTIONS_MAX = 60;
const TURNS_MAX = 5000;
const SEED = Number(process.env['LAPSE_SEED'] ?? 20);

const faultsOf = (random: () => number): (() => Fault) => {
  let opened = 0;
  return () => {
    opened += 1;
    const startsBack = Math.floor(random() * 6);
    if (opened > SUBSCRIPTIONS_MAX) return { kind: 'none', startsBack };
    const kind = (['drop', 'end', 'stall'] as const)[Math.floor(random() * 3)]!;
    return { kind, afterMessages: Math.floor(random() * 5), startsBack };
  };
};

/** One world: writers run while subscriptions drop, end, stall and repeat. */
const playWorld = async (seed: number): Promise<void> => {
  const random = seededRandom(seed);
  const real = openMemoryStore();
  const { store } = faultyStore(real, faultsOf(random));
  const streamPrefixes = random() < 0.3 ? { streamPrefixes: ['a'] } : {};
  const pageSizeMax = 1 + Math.floor(random() * 6);
  const following = startFollowing(store, { ...streamPrefixes, pageSizeMax, random, idle: { afterMs: 10 } });
  const expected: string[] = [];
  const lengths = { a: 0, b: 0 };
  for (let appends = 0; appends < 12; appends += 1) {
    const stream = random() < 0.5 ? 'a' : 'b';
    const count = 1 + Math.floor(random() * 4);
    await real.append(stream, someEvents(count), lengths[stream] - 1);
    for (let i = 0; i < count; i += 1) {
      if (stream === 'a' || !('streamPrefixes' in streamPrefixes)) expected.push(`${stream}@${lengths[stream] + i}`);
    }
    lengths[stream] += count;
    await turns(Math.floor(random() * 4));
  }
  for (let waited = 0; waited < TURNS_MAX && following.seen.length < expected.length; waited += 1) await turns(1);
  await turns(20);
  following.stop.abort();
  await following.done;
  if (following.seen.join() !== expected.join()) {
    throw new Error(`seed ${seed}: handed out ${following.seen.join()}, written were ${expected.join()}`);
  }
};

describe('follow, whatever its store does', () => {
  it(`hands out every event once and in order in ${WORLDS} worlds (first seed ${SEED})`, async () => {
    for (let world = 0; world < WORLDS; world += 1) await expect(playWorld(SEED + world)).resolves.toBeUndefined();
  });
});
