/**
 * One suite that every store runs. It stands behind its own export, so that production code never loads a test runner:
 * `import { describeEventStoreContract } from '@lapse/store/contract'` in a test file is all a store needs.
 */
import { describe } from '@jest/globals';
import { allPageCases } from './all-pages.js';
import { appendCases } from './appends.js';
import type { EventStoreContract } from './bench.js';
import { closingCases } from './closing.js';
import { factCases } from './facts.js';
import { filterCases } from './filters.js';
import { nameCases } from './names.js';
import { payloadCases } from './payloads.js';
import { positionCases } from './positions.js';
import { raceCases } from './races.js';
import { readCases } from './reads.js';
import { repeatCases } from './repeats.js';
import { subscriptionEndCases } from './subscription-ends.js';
import { subscriptionCases } from './subscriptions.js';

export type { Capabilities, EventStoreContract, OpenedStore, OpenOptions } from './bench.js';
export { seededRandom } from './seeded.js';

/** Registers the cases. What a store cannot offer by its nature it says in {@link EventStoreContract.capabilities}. */
export const describeEventStoreContract = (name: string, contract: EventStoreContract): void => {
  describe(`${name} keeps the contract of an event store`, () => {
    describe('when it appends', () => appendCases(contract));
    describe('when an append comes again', () => repeatCases(contract));
    describe('when a stream is read', () => readCases(contract));
    describe('when everything is read', () => allPageCases(contract));
    describe('when names, ids and revisions are hostile', () => nameCases(contract));
    describe('when payloads are handed in', () => payloadCases(contract));
    describe('when a prefix filters', () => filterCases(contract));
    describe('when facts are asked for', () => factCases(contract));
    describe('when places are compared', () => positionCases(contract));
    describe('when it is subscribed to', () => subscriptionCases(contract));
    describe('when a subscription ends', () => subscriptionEndCases(contract));
    describe('when it is closed', () => closingCases(contract));
    describe('when writers race', () => raceCases(contract));
  });
};
