import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { openHttpEdge, type HttpEdge } from './fuzz/http-edge.js';
import type { Request } from './fuzz/requests.js';

/** Handfuls of requests for each seed, about eight requests in one; `npm run fuzz` sends as many as there is time for. */
const HANDFULS = 60;
const HANDFULS_PER_LOOK = 20;
const fixedSeeds = [20, 21];
/** LAPSE_SEED=… plays another world instead of one that nobody has seen before; a failing one prints its seed. */
const freshSeed = Number(process.env['LAPSE_SEED'] ?? Math.floor(Math.random() * 2 ** 31));

let edge: HttpEdge;
beforeAll(async () => {
  edge = await openHttpEdge();
});
afterAll(() => edge.close());

describe('whatever is sent to any route of the document, and beside it', () => {
  it.each([
    ...fixedSeeds.map((seed) => ['a fixed seed', seed] as const),
    ['a seed that nobody has seen before', freshSeed] as const,
  ])(
    'is answered by the contract, and leaves exactly what was acknowledged in the log (%s, %i)',
    async (_which, seed) => {
      let sent = 0;
      const send = async (requests: readonly Request[]): Promise<void> => {
        await edge.send(requests);
        if ((sent += 1) % HANDFULS_PER_LOOK === 0) await edge.settle();
      };
      await fc.assert(fc.asyncProperty(edge.inputs, send), { seed, numRuns: HANDFULS });
      await edge.settle();
    },
  );

  it('reaches every route', () => {
    const answers = [...edge.counts.keys()].map((key) => key.split('  ') as [string, string]);
    const reached = new Set(answers.map(([route]) => route));
    expect(edge.routes.filter((route) => !reached.has(route))).toEqual([]);
    // Some need what no request brings about, as a stream that is parked.
    const served = new Set(answers.filter(([, answer]) => answer.startsWith('2')).map(([route]) => route));
    expect(served.size).toBeGreaterThanOrEqual(14);
  });
});
