import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Load } from './lib/load.js';
import { faultsOf, type LogLine } from './lib/log-check.js';
import * as w from './lib/process.js';

/** For long runs: as many kills as wanted, and another seed. */
const KILLS = Number(process.env['LAPSE_KILLS'] ?? 20);
const SEED = Number(process.env['LAPSE_SEED'] ?? Date.now() % 1_000_000);
const MS_PER_KILL = 15_000;
const ANSWERS_BETWEEN_KILLS_MAX = 400;
const FLAGS = ['--close-grace-ms', '0', '--sweep-interval-ms', '50'];

beforeAll(w.ensureBuilt);
afterAll(w.cleanUp);

/** Uniform in [0, 1) and the same for the same seed (mulberry32). */
const seededRandom = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};

const logOf = async (dataDir: string): Promise<LogLine[]> => {
  const { code, out, err } = await w.lapse(['tail', '--no-follow', '--json', '--data-dir', dataDir]);
  if (code !== 0) throw new Error(err);
  return out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as LogLine);
};

/** Waits until nothing is due any more, and tells by when that was. */
const settled = async (url: string): Promise<number> => {
  const afterMs = Date.now() + 1_000;
  await w.until(() => Date.now() > afterMs);
  await w.until(async () => (await fetch(`${url}/readyz`)).status === 200);
  const settledMs = Date.now();
  const lapsed = async (): Promise<unknown[]> => {
    const answer = await fetch(`${url}/v1/sessions?state=lapsed`);
    return ((await answer.json()) as { sessions: unknown[] }).sessions;
  };
  await w.until(async () => (await lapsed()).length === 0);
  return settledMs;
};

describe('a server that is killed (kill -9) in the middle of appends and closes', () => {
  it(
    `loses nothing acknowledged, doubles nothing, and closes every session once at its instant: ${KILLS} kills, seed ${SEED}`,
    async () => {
      const dataDir = w.tempFolder();
      const random = seededRandom(SEED);
      const load = new Load(random);
      for (let kill = 0; kill < KILLS; kill++) {
        const { url, process } = await w.serve(dataDir, ...FLAGS);
        await load.run(url, async () => {
          const enough = load.answers + random() * ANSWERS_BETWEEN_KILLS_MAX;
          await w.until(() => load.answers > enough);
          return process.end('SIGKILL');
        });
      }
      const last = await w.serve(dataDir, ...FLAGS);
      await load.finish(last.url);
      const settledMs = await settled(last.url);
      expect(await last.process.end('SIGTERM')).toMatchObject({ code: 0 });
      const log = await logOf(dataDir);
      const closes = log.filter(({ type }) => type === 'closed');
      const byTimeout = closes.filter(({ data }) => data.proof !== undefined).length;
      process.stderr.write(
        `${KILLS} kills, seed ${SEED}: ${log.length} events, ${load.acknowledged.length} acknowledged, ${load.cutOff} cut off, ${byTimeout} timeouts, ${JSON.stringify(load.outcomes)}\n`,
      );
      expect(load.odd).toEqual([]);
      expect(faultsOf(log, load, settledMs).slice(0, 10)).toEqual([]);
      // It was worth it: there were closes by the clock, and requests whose answer a kill had swallowed.
      expect(byTimeout).toBeGreaterThan(KILLS);
      expect(load.cutOff).toBeGreaterThan(KILLS);
    },
    60_000 + KILLS * MS_PER_KILL,
  );
});
