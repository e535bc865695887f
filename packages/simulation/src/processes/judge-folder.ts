import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { engineConfig, openEngine, type Engine } from '@lapse/engine';
import { openViews } from '@lapse/projections';
import type { RecordedEvent } from '@lapse/store';
import { fateIn, type World } from '../oracle/world.js';
import { wholeLog, worldFrom } from '../world/log-world.js';
import { differences, rowsOf } from '../world/rebuild-check.js';
import { saidByOracle, saidByRow } from '../world/row-checks.js';
import { judgeLog, latenessMs, type Broken, type JudgeOptions, type Told } from './judge.js';
import type { Tools } from './tools.js';

export interface Judgement {
  readonly broken: readonly Broken[];
  readonly log: readonly RecordedEvent[];
  /** Of every close by the clock, ascending, ms. */
  readonly latenessMs: readonly number[];
}

const CATCH_UP_MS = 120_000;

const withEngine = async <T>(
  dataDir: string,
  store: string | undefined,
  { nowMs, random, setTimer }: Tools,
  use: (engine: Engine) => Promise<T>,
): Promise<T> => {
  const config = engineConfig.parse({ dataDir, ...(store && { store }) });
  const engine = await openEngine({ config, nowMs, random, setTimer, sweeps: false });
  try {
    await engine.caughtUp(CATCH_UP_MS);
    return await use(engine);
  } finally {
    await engine.close();
  }
};

/** Every session's row against the oracle's fate of its stream. */
const rowsBroken = (engine: Engine, world: World): readonly Broken[] =>
  Object.keys(world.sessions)
    .filter((stream) => engine.names.read(stream).kind === 'session')
    .flatMap((stream): readonly Broken[] => {
      const due = saidByOracle(fateIn(world, stream));
      const row = engine.projections.session(stream.slice(engine.names.prefixes.session.length));
      const found = row === undefined ? 'no row' : saidByRow(row.state);
      return found === due ? [] : [{ promise: 'rows-right', stream, what: `${found}, due is ${due}` }];
    });

const readRows = (file: string): ReturnType<typeof rowsOf> => {
  const views = openViews({ file });
  try {
    return rowsOf(views);
  } finally {
    views.close();
  }
};

/** A copy without what is derived, in a folder of its own. */
const copyLog = (dataDir: string, to: string): string => {
  const isDerived = (file: string): boolean => /views\.db/.test(file);
  cpSync(dataDir, to, { recursive: true, filter: (file) => !isDerived(file) });
  return to;
};

/**
 * Judges the folder of a server that has ended, on copies in `scratch`: its log and what its senders were told, its rows
 * against the log, and all of its `views.db` against one that is folded from zero.
 */
export const judgeFolder = async (
  dataDir: string,
  scratch: string,
  told: Told,
  options: JudgeOptions & { readonly tools: Tools },
): Promise<Judgement> => {
  const [kept, fresh] = [join(scratch, 'kept'), copyLog(dataDir, join(scratch, 'fresh'))];
  cpSync(dataDir, kept, { recursive: true });
  const { log, rows } = await withEngine(kept, undefined, options.tools, async (engine) => {
    const read = await wholeLog(engine.store);
    return { log: read, rows: rowsBroken(engine, worldFrom(read, options.settings, new Set())) };
  });
  await withEngine(fresh, undefined, options.tools, () => Promise.resolve());
  const [live, folded] = [kept, fresh].map((folder) => readRows(join(folder, 'views.db')));
  return {
    broken: [...judgeLog(log, told, options), ...rows, ...differences(live!, folded!, 1)],
    log,
    latenessMs: latenessMs(log, options.settings.closeGraceMs),
  };
};

/** What an engine over a gateway sees, against what its server wrote: the same log to the last byte, and rows that follow from it. */
export const judgeOverGateway = async (
  dataDir: string,
  store: string,
  options: JudgeOptions & { readonly tools: Tools },
): Promise<{ readonly rows: readonly Broken[]; readonly log: readonly RecordedEvent[] }> =>
  withEngine(dataDir, store, options.tools, async (engine) => {
    const log = await wholeLog(engine.store);
    const places = log.map((event, i) => ({ ...event, position: String(i + 1) as RecordedEvent['position'] }));
    return { rows: rowsBroken(engine, worldFrom(places, options.settings, new Set())), log };
  });

/** What a store keeps for itself is not seen over a gateway. */
const isOfLapse = ({ stream }: RecordedEvent): boolean => /^(session|merchant|ops)-/.test(stream);

/** Nothing where both logs hold the same events in the same order. */
export const sameLog = (wire: readonly RecordedEvent[], disk: readonly RecordedEvent[]): readonly Broken[] => {
  const [one, other] = [wire.filter(isOfLapse), disk.filter(isOfLapse)];
  const spelt = ({ stream, revision, id, type, data }: RecordedEvent): string =>
    `${stream}@${revision} ${id} ${type} ${Buffer.from(data).toString('base64')}`;
  const at = Array.from({ length: Math.max(one.length, other.length) }).findIndex(
    (_, i) => one[i] === undefined || other[i] === undefined || spelt(one[i]) !== spelt(other[i]),
  );
  if (at < 0) return [];
  const what = `${one.length} and ${other.length} events, the first difference at place ${at}`;
  return [{ promise: 'same-log', stream: one[at]?.stream ?? '', what }];
};
