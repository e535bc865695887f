import { afterEach, describe, expect, it, jest } from '@jest/globals';
import type { RowDifference } from '@lapse/projections';
import { runAndKill } from './lib/killed-child.js';
import { differences } from './lib/rebuilt-rows.js';
import * as w from './lib/world.js';

// Processes of their own, on machines that have other things to do.
jest.setTimeout(1_800_000);

afterEach(w.cleanUp);

const KILLS = Number(process.env['LAPSE_KILLS'] ?? 5);
const SEED = Number(process.env['LAPSE_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
/** Within it lie start, catching up, flushes, a rebuild or two and their swaps. */
const LIFE_MS = 2_000;

/** Lets the process live for as long as `lifeMs` says after it is up, then kills it. Gives what it said. */
const liveAndDie = async (dataDir: string, seed: number, lifeMs: number): Promise<readonly string[]> => {
  const { said, signal, complaints } = await runAndKill('./rebuilding-child.ts', [dataDir, String(seed)], lifeMs);
  expect({ signal, complaints }).toEqual({ signal: 'SIGKILL', complaints: '' });
  return said;
};

const compare = async (dataDir: string): Promise<{ rows: number; found: readonly RowDifference[] }> => {
  const { verified, found } = await differences(dataDir);
  expect(verified?.skipped).toEqual([]);
  return { rows: verified?.compared.reduce((sum, { rows }) => sum + rows, 0) ?? 0, found };
};

describe('an engine that is killed (kill -9) while its read models are folded, written, rebuilt and swapped', () => {
  it(`has rows that equal a fold from zero after each of ${KILLS} kills (seed ${SEED})`, async () => {
    const random = w.seededRandom(SEED);
    const dataDir = w.tempFolder();
    const outcomes: Record<string, number> = {};
    let rows = 0;
    for (let kill = 0; kill < KILLS; kill++) {
      const said = await liveAndDie(dataDir, SEED + kill, random() * LIFE_MS);
      for (const line of said) outcomes[line] = (outcomes[line] ?? 0) + 1;
      const after = await compare(dataDir);
      expect({ kill, found: after.found }).toEqual({ kill, found: [] });
      rows = after.rows;
    }
    expect(rows).toBeGreaterThan(0);
    if (KILLS > 20)
      process.stderr.write(`seed ${SEED}: ${KILLS} kills, ${rows} rows at the end, ${JSON.stringify(outcomes)}\n`);
    const engine = await w.newEngine(dataDir, { nowMs: Date.now() });
    await engine.caughtUp(w.CATCH_UP_MS);
    await engine.close();
    expect((await compare(dataDir)).found).toEqual([]);
  });
});
