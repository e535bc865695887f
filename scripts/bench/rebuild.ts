import { rmSync } from 'node:fs';
import { writeGeneratedLog } from './lib/generated-log.js';
import { measureRebuild, type RebuildMeasured } from './lib/rebuild-measured.js';
import type { Bench, BenchContext } from './lib/types.js';

const MIB = 1_048_576;
/** The middle one is judged; all three show whether memory grows with the log. */
const SIZES = [
  { name: '1m', events: 1_000_000, rounds: 5 },
  { name: '5m', events: 5_000_000, rounds: 5 },
  { name: '20m', events: 20_000_000, rounds: 1 },
];
const QUICK_SIZES = [{ name: 'quick', events: 50_000, rounds: 1 }];

const run = async (context: BenchContext): Promise<void> => {
  for (const size of context.quick ? QUICK_SIZES : SIZES) await measureSize(context, size);
};

/** Of several runs the one whose share of the bare SELECT is in the middle. */
const middleOf = (runs: readonly RebuildMeasured[]): RebuildMeasured => {
  const share = ({ fold, raw }: RebuildMeasured): number => fold.perSecond / raw.perSecond;
  return runs.toSorted((a, b) => share(a) - share(b))[runs.length >> 1]!;
};

const measureSize = async ({ figure, log, tempDir }: BenchContext, size: (typeof SIZES)[number]): Promise<void> => {
  const { name, rounds } = size;
  const folder = tempDir();
  log(`writing ${size.events} events`);
  const { events, sessions } = await writeGeneratedLog(folder, size);
  log(`folding ${events} events of ${sessions} sessions from zero, ${rounds} times`);
  const runs: RebuildMeasured[] = [];
  const runsWithout: RebuildMeasured[] = [];
  for (let round = 0; round < rounds; round++) {
    runs.push(await measureRebuild(folder));
    runsWithout.push(await measureRebuild(folder, ['activity']));
  }
  const all = middleOf(runs);
  const less = middleOf(runsWithout);
  if (all.closedSessions !== sessions) throw new Error(`${all.closedSessions} of ${sessions} sessions are closed`);
  rmSync(folder, { recursive: true });
  const rows = Object.values(all.rowsByTable).reduce((sum, count) => sum + count, 0);
  figure({
    figure: `rebuild-${name}`,
    value: all.fold.perSecond,
    limit: all.raw.perSecond,
    unit: 'events/s',
    note: `${events} events, ${rows} rows; limit: a bare SELECT of the same file without payloads`,
  });
  figure({
    figure: `cpu-${name}`,
    value: all.fold.cpuPerSecond,
    limit: all.raw.cpuPerSecond,
    unit: 'events/s',
    note: "both by the processor's time instead of the clock: others on the machine change it less",
  });
  figure({
    figure: `without-activity-${name}`,
    value: less.fold.perSecond,
    limit: less.raw.perSecond,
    unit: 'events/s',
    note: 'by the clock, without that read model',
  });
  figure({ figure: `rss-${name}`, value: all.rssBytesMax / MIB, unit: 'MiB', note: 'the most of the folding process' });
  figure({ figure: `heap-${name}`, value: all.heapBytesMax / MIB, unit: 'MiB', note: 'the most at any write' });
};

export const bench: Bench = {
  name: 'rebuild',
  about: 'folding a log of real shapes from zero into all read models, against a bare SELECT; peak memory by size',
  run,
};
