/**
 * One suite that every store runs. It stands behind its own export, so that production code never loads a test runner:
 * `import { describeEventStoreContract } from '@lapse/store/contract'` in a test file is all a store needs.
 */
import { describe } from '@jest/globals';
import { allPageCases } from './all-pages.js';
import { appendCases } from './appends.js';
import type { EventStoreContract } from './bench.js';
import { raceCases } from './races.js';
import { readCases } from './reads.js';
import { repeatCases } from './repeats.js';

export type { Capabilities, EventStoreContract, OpenedStore, OpenOptions } from './bench.js';
export { seededRandom } from './seeded.js';

/** Registers the cases. What a store cannot offer by its nature it says in {@link EventStoreContract.capabilities}. */
export const describeEventStoreContract = (name: string, contract: EventStoreContract): void => {
  describe(`${name} keeps the contract of an event store`, () => {
    describe('when it appends', () => appendCases(contract));
    describe('when an append comes again', () => repeatCases(contract));
    describe('when a stream is read', () => readCases(contract));
    describe('when everything is read', () => allPageCases(contract));
    describe('when writers race', () => raceCases(contract));
  });
};
