// Jest starts these suites before all others. In a fresh clone nobody has measured how long any of them takes, and a long one that
// begins last keeps one core busy while the others have nothing left to do.
import { join } from 'node:path';
import Sequencer from '@jest/test-sequencer';
import { root } from './ensure.mjs';

export const longest = [
  'simulation/test/world/worlds.test.ts',
  'cli/test/real-sets.test.ts',
  'cli/test/verbs.test.ts',
  'engine/test/sweep-intervals.test.ts',
  'store-eventstoredb/test/appends-under-faults.test.ts',
  'store-eventstoredb/test/contract.test.ts',
  'store/test/memory-contract.test.ts',
].map((name) => join(root, 'packages', name));

export default class LongestFirst extends Sequencer {
  async sort(tests) {
    const place = ({ path }) => (longest.includes(path) ? longest.indexOf(path) : longest.length);
    return [...(await super.sort(tests))].sort((a, b) => place(a) - place(b));
  }
}
