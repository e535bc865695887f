import { existsSync, writeFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import {
  closingsAsTsv,
  importAsRecorded,
  importUnderRules,
  readClosings,
  summarise,
  type ImportProgress,
  type PlayedSummary,
} from '@lapse/analysis';
import { BUYER_REPLY_MINUTES_MAX, BUYER_REPLY_MINUTES_MIN } from '@lapse/domain';
import { advanceEngine, openEngine, runOutClock, VirtualClock, type Engine } from '@lapse/engine';
import { cancelled, CliError, usageError } from '../cli-error.js';
import { readConfig, withoutGateway } from '../config.js';
import { setTimer, type Io } from '../io.js';
import { grouped, Progress } from '../progress.js';
import { print, type FolderFlags } from './verb.js';

export interface ImportFlags extends FolderFlags {
  readonly format?: string;
  readonly source?: string;
  readonly asRecorded?: boolean;
  readonly underRules?: boolean;
  readonly buyerReplyMinutes?: string;
  readonly closings?: string;
}

/** `lapse import FILE` */
export const importVerb = async (io: Io, file: string, flags: ImportFlags): Promise<void> => {
  checkFlags(flags);
  const config = withoutGateway(readConfig(io, { dataDir: flags.dataDir, store: flags.store }));
  if (flags.underRules === true && config.store !== undefined) throw playedElsewhere();
  // Before a data folder is made.
  if (!existsSync(file)) throw new CliError('no-such-file', `cannot read ${file}: there is no such file`);
  const source =
    flags.source ??
    basename(file)
      .replace(/\.gz$/, '')
      .replace(/\.ndjson$/, '');
  const progress = new Progress(io, `import ${source}`);
  const clock = new VirtualClock();
  const isPlayed = flags.underRules === true;
  const engine = await openEngine({
    config,
    nowMs: isPlayed ? clock.nowMs : io.nowMs,
    random: io.random,
    setTimer,
    sweeps: false,
  });
  const common = {
    file,
    source,
    signal: io.signal,
    onProgress: (at: ImportProgress) =>
      progress.report({ done: at.bytesRead, total: at.bytesTotal, count: at.events, unit: 'events' }),
  };
  try {
    if (isPlayed) {
      const summary = await play(engine, clock, flags, common);
      progress.finish(`import ${source}: played ${grouped(summary.sourceSessions)} conversations`);
      print(io, flags, summary, () => summaryText(summary));
    } else {
      const summary = await importAsRecorded({ ...common, store: engine.store, names: engine.names });
      if (io.signal.aborted) throw cancelled();
      progress.finish(`import ${source}: done`);
      print(io, flags, summary, () => {
        const { sessions, events, alreadyThere } = summary;
        return `${grouped(sessions)} sessions with ${grouped(events)} events, of which ${grouped(alreadyThere)} sessions were there already`;
      });
    }
  } finally {
    await engine.close();
  }
};

const checkFlags = (flags: ImportFlags): void => {
  const { format, asRecorded, underRules, buyerReplyMinutes, closings } = flags;
  if (format !== undefined && format !== 'ndjson') throw usageError(`--format ${format} is not known: it reads ndjson`);
  if ((asRecorded === true) === (underRules === true)) throw usageError('say --as-recorded or --under-rules');
  if (asRecorded === true && (buyerReplyMinutes !== undefined || closings !== undefined)) {
    throw usageError('--buyer-reply-minutes and --closings go with --under-rules: nothing lapses as recorded');
  }
  if (buyerReplyMinutes !== undefined) minutesOf(buyerReplyMinutes);
  if (closings !== undefined && !existsSync(dirname(closings))) {
    throw usageError(`--closings ${closings}: there is no folder ${dirname(closings)}`);
  }
};

/** A server's own clock contradicts the clock of the history, and an engine whose clock is off closes nothing (D21). */
const playedElsewhere = (): CliError =>
  usageError(
    '--under-rules plays on the clock of the history, which is not that of a server: import into a data folder, then lapse copy --from FOLDER --to the connection',
  );

type Common = Pick<Parameters<typeof importUnderRules>[0], 'file' | 'source' | 'onProgress' | 'signal'>;

const play = async (
  engine: Engine,
  clock: VirtualClock,
  flags: ImportFlags,
  common: Common,
): Promise<PlayedSummary> => {
  const minutes = flags.buyerReplyMinutes;
  const buyerReplyMinutes = minutes === undefined ? {} : { buyerReplyMinutes: minutesOf(minutes) };
  const played = await importUnderRules({
    ...common,
    ...buyerReplyMinutes,
    engine: {
      commands: engine.commands,
      advanceTo: (nowMs) => advanceEngine(engine, clock, nowMs),
      runOut: async () => {
        if (!(await runOutClock(engine, clock))) {
          throw new CliError('still-open', 'some sessions are still open although the clock has run on for centuries');
        }
      },
      openSessionIds: () => openSessionIds(engine, clock),
    },
  });
  // What was stopped half-way has no result: importing again goes on.
  if (common.signal?.aborted === true) throw cancelled();
  const closings = await readClosings(engine.store, engine.names, played);
  if (flags.closings !== undefined) writeFileSync(flags.closings, closingsAsTsv(closings));
  return summarise(played, closings);
};

const minutesOf = (text: string): number => {
  const minutes = /^\d{1,3}$/.test(text) ? Number(text) : Number.NaN;
  if (minutes >= BUYER_REPLY_MINUTES_MIN && minutes <= BUYER_REPLY_MINUTES_MAX) return minutes;
  throw usageError(`--buyer-reply-minutes ${text} is no whole number from 5 to 360`);
};

function* openSessionIds(engine: Engine, clock: VirtualClock): Generator<string> {
  for (const state of ['open', 'lapsed'] as const) {
    let after: number | undefined;
    do {
      const page = engine.projections.sessions({ state, after, limit: 1_000, nowMs: clock.nowMs() });
      for (const { id, state: session } of page.sessions) if (session.pin?.policy !== 'none') yield id;
      after = page.next;
    } while (after !== undefined);
  }
}

const summaryText = (summary: PlayedSummary): string => {
  const { sessions, sourceSessions, successors, closed } = summary;
  const lines = Object.entries(closed).map(([reason, count]) => `  ${reason.padEnd(14)} ${grouped(count)}`);
  return [
    `${grouped(sessions)} sessions: ${grouped(sourceSessions)} conversations of the source and ${grouped(successors)} successors`,
    ...lines,
  ].join('\n');
};
