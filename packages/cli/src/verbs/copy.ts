import { resolve } from 'node:path';
import { compareLogs, copyLog, differs, type CopyProgress } from '@lapse/analysis';
import { streamNames } from '@lapse/domain';
import type { EventStore } from '@lapse/store';
import { cancelled, usageError } from '../cli-error.js';
import { readConfig } from '../config.js';
import type { Io } from '../io.js';
import { grouped, Progress } from '../progress.js';
import { isConnection, openLogAt, placeNumber, shownPlace } from './log-at.js';
import { print } from './verb.js';

export interface CopyFlags {
  /** A data folder or a connection string, both of them. */
  readonly from: string;
  readonly to: string;
  /** Compare alone: nothing is written. */
  readonly verify?: boolean;
  readonly streamPrefix?: string;
  readonly json?: boolean;
}

/** `lapse copy`: a log moved from a folder to a cluster, or back. */
export const copyVerb = async (io: Io, flags: CopyFlags): Promise<void> => {
  if (samePlace(flags.from, flags.to)) throw usageError('--from and --to are the same place');
  const { streamPrefix } = readConfig(io, { streamPrefix: flags.streamPrefix });
  const streamPrefixes = Object.values(streamNames(streamPrefix).prefixes);
  const from = await openLogAt(io, flags.from, 'read');
  try {
    const to = await openLogAt(io, flags.to, flags.verify === true ? 'read' : 'write');
    try {
      if (flags.verify === true) await verify(io, flags, { from, to, streamPrefixes });
      else await copy(io, flags, { from, to, streamPrefixes });
    } finally {
      await to.close();
    }
  } finally {
    await from.close();
  }
};

const samePlace = (a: string, b: string): boolean =>
  isConnection(a) || isConnection(b) ? a === b : resolve(a) === resolve(b);

interface Logs {
  readonly from: EventStore;
  readonly to: EventStore;
  readonly streamPrefixes: readonly string[];
}

const copy = async (io: Io, flags: CopyFlags, logs: Logs): Promise<void> => {
  const onProgress = await progressOf(io, logs.from);
  const summary = await copyLog({ ...logs, onProgress, signal: io.signal });
  if (!summary.finished) throw cancelled();
  const { copied, alreadyThere, compared, bigIntegerEvents } = summary;
  print(io, flags, { from: shownPlace(flags.from), to: shownPlace(flags.to), ...summary }, () =>
    [
      `${grouped(copied)} events copied, ${grouped(alreadyThere)} stood there already; ${grouped(compared)} compared: both logs are the same`,
      ...noteOf(bigIntegerEvents),
    ].join('\n'),
  );
};

const verify = async (io: Io, flags: CopyFlags, logs: Logs): Promise<void> => {
  const show = await progressOf(io, logs.from);
  const { difference, events, bigIntegerEvents } = await compareLogs({
    ...logs,
    signal: io.signal,
    onProgress: (progress) => show({ phase: 'verifying', ...progress }),
  });
  if (difference !== undefined) throw differs(difference);
  if (io.signal.aborted) throw cancelled();
  const result = { from: shownPlace(flags.from), to: shownPlace(flags.to), compared: events, bigIntegerEvents };
  print(io, flags, result, () =>
    [`${grouped(events)} events compared: both logs are the same`, ...noteOf(bigIntegerEvents)].join('\n'),
  );
};

const noteOf = (bigIntegerEvents: number): string[] =>
  bigIntegerEvents === 0
    ? []
    : [
        `note: ${grouped(bigIntegerEvents)} events hold integers beyond 2^53. They are the same bytes in both logs; clients that parse JSON in JavaScript read them changed.`,
      ];

/** One line for each phase, with the share of the source that it has gone through. */
const progressOf = async (io: Io, from: EventStore): Promise<(progress: CopyProgress) => void> => {
  const total = placeNumber(await from.headPosition());
  let phase: CopyProgress['phase'] | undefined;
  let line: Progress | undefined;
  return (progress) => {
    if (line === undefined || progress.phase !== phase) line = new Progress(io, progress.phase);
    phase = progress.phase;
    // A source that is written meanwhile ends later than it did at first.
    const done = Math.min(placeNumber(progress.at), total);
    line.report({ done, total, count: progress.events, unit: 'events' });
  };
};
