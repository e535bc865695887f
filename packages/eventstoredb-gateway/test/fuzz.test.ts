import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isOffered, methods } from './fuzz/calls.js';
import { openGatewayEdge, type GatewayEdge } from './fuzz/gateway-edge.js';
import { gatewayOptions, memoryStore } from './support/bench.js';

/** Handfuls of calls for each seed, about eight calls in one; `npm run fuzz` makes as many as there is time for. */
const HANDFULS = 60;
const fixedSeeds = [20, 21];
/** LAPSE_SEED=… plays another world instead of one that nobody has seen before; a failing one prints its seed. */
const freshSeed = Number(process.env['LAPSE_SEED'] ?? Math.floor(Math.random() * 2 ** 31));

let edge: GatewayEdge;
beforeAll(async () => {
  const store = memoryStore();
  edge = await openGatewayEdge(store, gatewayOptions(store));
});
afterAll(() => edge.close());

describe('whatever is sent to any method of the definitions, and beside them', () => {
  it.each([
    ...fixedSeeds.map((seed) => ['a fixed seed', seed] as const),
    ['a seed that nobody has seen before', freshSeed] as const,
  ])(
    'ends with a status of the contract, and leaves exactly what was acknowledged in the log (%s, %i)',
    async (_which, seed) => {
      await fc.assert(
        fc.asyncProperty(edge.inputs, (inputs) => edge.send(inputs)),
        { seed, numRuns: HANDFULS },
      );
      await edge.settle();
    },
  );

  it('reaches every method that is offered, and those that are not', () => {
    const reached = new Set([...edge.counts.keys()].map((key) => key.split('  ')[0]));
    const all = methods.map(({ path }) => [path.split('.').at(-1), isOffered(path)] as const);
    expect(all.filter(([method, offered]) => offered && !reached.has(method))).toEqual([]);
    expect(all.filter(([method]) => reached.has(method)).length).toBeGreaterThan(30);
  });
});
