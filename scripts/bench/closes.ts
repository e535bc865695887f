import { readEvent } from '@lapse/domain';
import type { Engine } from '@lapse/engine';
import { openBenchEngine, openSessions } from './lib/open-sessions.js';
import { percentile } from './lib/percentile.js';
import type { Bench, BenchContext } from './lib/types.js';

const AGENT_LIMIT_MS = 360 * 60_000;
const ALL_CLOSED_MS_WANTED = 2_000;
const P99_MS_WANTED = 50;

const run = async (context: BenchContext): Promise<void> => {
  const count = context.quick ? 5_000 : 100_000;
  await closeThem(context, 'same-second', count, 1_000);
  await closeThem(context, 'at-20000-a-second', count, (count * 1_000) / 20_000);
};

/** `count` sessions fall due within `spreadMs` of each other; every close is a durable append. */
const closeThem = async (context: BenchContext, figureName: string, count: number, spreadMs: number): Promise<void> => {
  const { quick, figure, log, tempDir } = context;
  const engine = await openBenchEngine(tempDir(), true);
  const { closeGraceMs } = engine.config;
  const dueFromMs = Date.now() + (quick ? 3_000 : 20_000);
  const openedAtMs = (i: number): number => dueFromMs + (i * spreadMs) / count - closeGraceMs - AGENT_LIMIT_MS;
  await openSessions(engine, count, (i) => Math.floor(openedAtMs(i)));
  await engine.caughtUp(60_000);
  log(`${count} sessions open, due within ${spreadMs} ms, ${dueFromMs - Date.now()} ms from now`);
  if (Date.now() > dueFromMs) throw new Error('this machine is too slow: they fell due while they were opened');
  while (engine.timeouts.metrics.closedCount < count) await new Promise((resolve) => setTimeout(resolve, 100));
  const lateMs = (await latenesses(engine)).sort((a, b) => a - b);
  await engine.close();
  const lastMs = lateMs.at(-1) as number;
  figure({ figure: `${figureName}-p50`, value: percentile(lateMs, 50), unit: 'ms' });
  figure({
    figure: `${figureName}-p99`,
    value: percentile(lateMs, 99),
    unit: 'ms',
    ...(spreadMs > 1_000 ? { limit: P99_MS_WANTED } : {}),
  });
  figure({ figure: `${figureName}-max`, value: lastMs, unit: 'ms' });
  const allMs = spreadMs + lastMs;
  figure({
    figure: `${figureName}-all-closed`,
    value: allMs,
    unit: 'ms',
    ...(spreadMs <= 1_000 ? { limit: ALL_CLOSED_MS_WANTED } : {}),
  });
  figure({ figure: `${figureName}-rate`, value: (count * 1_000) / allMs, unit: 'closes/s' });
};

/** From deadline + grace to the store's own time of the close. */
const latenesses = async (engine: Engine): Promise<number[]> => {
  const late: number[] = [];
  let after: Parameters<Engine['store']['readAll']>[0]['after'] = 'start';
  for (;;) {
    const page = await engine.store.readAll({ after, maxCount: 10_000 });
    for (let i = 0; i < page.size; i++) {
      const recorded = page.event(i);
      if (recorded.type !== 'closed') continue;
      const read = readEvent(recorded);
      if (read.kind === 'event') late.push(recorded.storedAtMs - read.event.occurredAtMs - engine.config.closeGraceMs);
    }
    if (page.atEnd) return late;
    after = page.scannedTo;
  }
};

export const bench: Bench = {
  name: 'closes',
  about: '100 000 sessions due in the same second, each closed by a durable append: lateness and closes/s',
  run,
};
