import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { openFilesEdge, type FilesEdge } from './fuzz/files-edge.js';
import * as w from './lib/process.js';

/** Handfuls of calls for each seed, about three calls in one; `npm run fuzz` makes as many as there is time for. */
const HANDFULS = 12;
const fixedSeeds = [20, 21];
/** LAPSE_SEED=… plays other calls instead of some that nobody has seen before; a failing one prints its seed. */
const freshSeed = Number(process.env['LAPSE_SEED'] ?? Math.floor(Math.random() * 2 ** 31));

let edge: FilesEdge;
beforeAll(async () => {
  edge = await openFilesEdge();
});
afterAll(() => edge.close());
afterEach(w.cleanUp);

describe('whatever stands in files, flags and settings', () => {
  it.each([
    ...fixedSeeds.map((seed) => ['a fixed seed', seed] as const),
    ['a seed that nobody has seen before', freshSeed] as const,
  ])('ends a call with an exit code and a code that says something (%s, %i)', async (_which, seed) => {
    await fc.assert(
      fc.asyncProperty(edge.inputs, (inputs) => edge.send(inputs)),
      { seed, numRuns: HANDFULS },
    );
    await edge.settle();
  });

  it('reaches what is right and what is wrong of every kind of file', () => {
    const seen = new Set([...edge.counts.keys()].map((key) => key.split('  ')[0]));
    for (const kind of ['history', 'damage', 'flags', 'settings', 'connection']) expect(seen).toContain(kind);
    const codes = [...edge.counts.keys()].map((key) => key.split('  ')[1]);
    expect(codes).toEqual(expect.arrayContaining(['done', 'usage', 'bad-line']));
  });
});

describe('the same as a process of its own', () => {
  it('a log that was cut off is told by its code, and is left as it is', async () => {
    w.ensureBuilt();
    const folder = w.tempFolder();
    await w.lapse(['open', '--merchant', 'm1', '--data-dir', folder]);
    const file = join(folder, 'events.db');
    truncateSync(file, 5_000);
    const before = readFileSync(file);
    const { code, out, err } = await w.lapse(['queue', '--data-dir', folder]);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(/^lapse: store-[a-z-]+: .*events\.db.*\n$/);
    expect(readFileSync(file).equals(before)).toBe(true);
  });

  it('a file of another kind is told by its code', async () => {
    w.ensureBuilt();
    const folder = w.tempFolder();
    writeFileSync(join(folder, 'events.db'), 'no log at all, but long enough to be read as something\n'.repeat(100));
    const { code, err } = await w.lapse(['show', '01HQ0000000000000000000001', '--data-dir', folder, '--json']);
    expect(code).toBe(1);
    expect(JSON.parse(err)).toMatchObject({ error: { code: 'store-not-a-database' } });
  });
});
