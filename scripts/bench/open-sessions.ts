import { openBenchEngine, openSessions } from './lib/open-sessions.js';
import type { Bench, BenchContext } from './lib/types.js';

const READY_S_WANTED = 2;

const run = async ({ quick, figure, log, tempDir }: BenchContext): Promise<void> => {
  const count = quick ? 20_000 : 1_000_000;
  const dataDir = tempDir();
  const openedAtMs = Date.now();
  const first = await openBenchEngine(dataDir, true);
  globalThis.gc?.();
  const before = process.memoryUsage();
  await openSessions(first, count, () => openedAtMs);
  await first.caughtUp(600_000);
  first.projections.flush();
  globalThis.gc?.();
  const after = process.memoryUsage();
  figure({
    figure: 'heap',
    value: (after.heapUsed - before.heapUsed) / count,
    unit: 'bytes/session',
    note: 'touched since the start',
  });
  const arrays = after.arrayBuffers - before.arrayBuffers;
  figure({ figure: 'arrays', value: arrays / count, unit: 'bytes/session', note: 'the deadline index' });
  await first.close();
  log(`${count} sessions are open in the file; starting again`);
  globalThis.gc?.();
  const heapBefore = process.memoryUsage().heapUsed;
  const startedMs = performance.now();
  const second = await openBenchEngine(dataDir, true);
  while (!second.readiness().ready) await new Promise((resolve) => setTimeout(resolve, 5));
  const readyS = (performance.now() - startedMs) / 1000;
  globalThis.gc?.();
  const heapAfter = process.memoryUsage().heapUsed;
  figure({ figure: 'start-to-ready', value: readyS, unit: 's', limit: READY_S_WANTED });
  figure({
    figure: 'heap-after-restart',
    value: (heapAfter - heapBefore) / count,
    unit: 'bytes/session',
    note: 'rows stay in the file until they are touched',
  });
  await second.close();
};

export const bench: Bench = {
  name: 'open-sessions',
  about: 'memory per open session at a million, and the time from start to ready',
  run,
};
