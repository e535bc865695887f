import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { extractFacts } from '@lapse/domain';
import { builtInProjectors, openViews, verifyRows, type RowDifference } from '@lapse/projections';
import { openSqliteStore } from '@lapse/store-sqlite';
import * as w from './lib/world.js';

// Processes of their own, on machines that have other things to do.
jest.setTimeout(1_800_000);

afterEach(w.cleanUp);

const KILLS = Number(process.env['LAPSE_KILLS'] ?? 5);
const SEED = Number(process.env['LAPSE_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
/** Within it lie start, catching up, flushes, a rebuild or two and their swaps. */
const LIFE_MS = 2_000;

const path = (name: string): string => fileURLToPath(new URL(`./lib/${name}`, import.meta.url));

/** Lets the process live for as long as `lifeMs` says after it is up, then kills it. Gives what it said. */
const liveAndDie = async (dataDir: string, seed: number, lifeMs: number): Promise<readonly string[]> => {
  const args = [
    '--import',
    path('../../../../scripts/test/sources/register.mjs'),
    path('rebuilding-child.ts'),
    dataDir,
    String(seed),
  ];
  const child = spawn(process.execPath, args);
  let complaints = '';
  child.stderr.on('data', (text: Buffer) => (complaints += text.toString()));
  const ended = new Promise<NodeJS.Signals | null>((resolve) => child.on('close', (_code, signal) => resolve(signal)));
  const said: string[] = [];
  for await (const line of createInterface(child.stdout)) {
    if (said.push(line) === 1) setTimeout(() => child.kill('SIGKILL'), lifeMs);
  }
  expect({ signal: await ended, complaints }).toEqual({ signal: 'SIGKILL', complaints: '' });
  return said;
};

/** Every row of the file against a fold of the log from zero up to where the rows stand. */
const differences = async (dataDir: string): Promise<{ rows: number; found: readonly RowDifference[] }> => {
  const store = await openSqliteStore({
    readOnly: true,
    file: join(dataDir, 'events.db'),
    extractFacts,
    setTimer: w.realTimer,
  });
  // Opened as the next engine opens it: a reader alone could not mend what a killed writer left in the log beside the file.
  openViews({ file: join(dataDir, 'views.db') }).close();
  const live = openViews({ file: join(dataDir, 'views.db'), readOnly: true });
  const scratch = openViews({ file: ':memory:' });
  const found: RowDifference[] = [];
  try {
    const verified = await verifyRows({
      live,
      scratch,
      store,
      names: w.names,
      projectors: builtInProjectors,
      nowMs: Date.now,
      signal: new AbortController().signal,
      onDifference: (difference) => found.push(difference),
    });
    expect(verified?.skipped).toEqual([]);
    return { rows: verified?.compared.reduce((sum, { rows }) => sum + rows, 0) ?? 0, found };
  } finally {
    live.close();
    scratch.close();
    await store.close();
  }
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
      const after = await differences(dataDir);
      expect({ kill, found: after.found }).toEqual({ kill, found: [] });
      rows = after.rows;
    }
    expect(rows).toBeGreaterThan(0);
    if (KILLS > 20)
      process.stderr.write(`seed ${SEED}: ${KILLS} kills, ${rows} rows at the end, ${JSON.stringify(outcomes)}\n`);
    const engine = await w.newEngine(dataDir, { nowMs: Date.now() });
    await engine.caughtUp(w.CATCH_UP_MS);
    await engine.close();
    expect((await differences(dataDir)).found).toEqual([]);
  });
});
