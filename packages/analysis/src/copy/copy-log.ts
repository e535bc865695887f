import {
  appendBytes,
  isStoreError,
  StoreError,
  type EventStore,
  type Position,
  type RecordedEvent,
} from '@lapse/store';
import { compareLogs, differenceOf, firstMissing, nextRun, walkTogether } from './compare-logs.js';
import { CopyError } from './copy-error.js';
import { LogCursor } from './log-cursor.js';
import type { Difference } from './same-event.js';

/** Events of one stream that follow each other in the log share an append, within these. A larger event goes alone. */
const APPEND_EVENTS_MAX = 500;
const APPEND_BYTES_AIM = 262_144;

export interface CopyOptions {
  readonly from: EventStore;
  readonly to: EventStore;
  /** Which streams: Lapse's own. */
  readonly streamPrefixes: readonly string[];
  readonly onProgress?: (progress: CopyProgress) => void;
  /** Stops between two appends. */
  readonly signal?: AbortSignal;
}

export interface CopyProgress {
  readonly phase: 'resuming' | 'copying' | 'verifying';
  /** How far the source has been gone through in this phase. */
  readonly at: Position | 'start';
  readonly events: number;
}

export interface CopySummary {
  /** False: stopped by the signal; copying again goes on from there. */
  readonly finished: boolean;
  /** Written by this run. */
  readonly copied: number;
  /** Written by an earlier one. */
  readonly alreadyThere: number;
  /** Events that were compared at the end: all of them. */
  readonly compared: number;
  /** Of them, those with integers beyond 2^53, copied as the bytes they are. */
  readonly bigIntegerEvents: number;
}

/**
 * Copies streams from one log into another, in the order of the log, one append after the other, each event as it is at the
 * revision that it has; then compares both logs. Where an earlier copy stopped is found from the target itself. Appends carry
 * their ids and explicit revisions, so an append whose answer was lost is not written twice.
 *
 * Throws `copy-differs` (nothing has been written yet where the target held other events from the start),
 * `copy-source-incomplete` where the source hides the beginning of a stream, and what the stores throw.
 */
export const copyLog = async (options: CopyOptions): Promise<CopySummary> => {
  const { from, to, streamPrefixes, onProgress, signal } = options;
  const isStopped = (): boolean => signal?.aborted === true;
  const source = new LogCursor(from, { streamPrefixes });
  const alreadyThere = await skipWhatIsThere(options, source);
  let copied = 0;
  while (!isStopped()) {
    const run = await nextAppend(source);
    if (run.length === 0) break;
    await appendRun(to, run);
    copied += run.length;
    onProgress?.({ phase: 'copying', at: source.place, events: copied });
  }
  const unfinished = { finished: false, copied, alreadyThere, compared: 0, bigIntegerEvents: 0 };
  if (isStopped()) return unfinished;
  const { difference, events, bigIntegerEvents } = await compareLogs({
    from,
    to,
    streamPrefixes,
    until: source.place,
    ...(signal === undefined ? {} : { signal }),
    onProgress: (progress) => onProgress?.({ phase: 'verifying', ...progress }),
  });
  if (isStopped()) return unfinished;
  if (difference !== undefined) throw differs(difference);
  return { finished: true, copied, alreadyThere, compared: events, bigIntegerEvents };
};

/** A copy writes in the order of the log, so what it has left is the source's beginning. Anything else is not a copy's doing. */
const skipWhatIsThere = async (
  { from, to, streamPrefixes, onProgress, signal }: CopyOptions,
  source: LogCursor,
): Promise<number> => {
  const target = new LogCursor(to, { streamPrefixes });
  let events = 0;
  const onEvent = ({ position }: RecordedEvent): void => {
    events += 1;
    onProgress?.({ phase: 'resuming', at: position, events });
  };
  await walkTogether(source, target, { onEvent, signal });
  const difference = await firstMissing(target, from, { lacks: 'the source', signal });
  if (difference !== undefined) throw differs(difference);
  return events;
};

export const differs = ({ stream, revision, what }: Difference): CopyError =>
  new CopyError('copy-differs', `the logs differ at ${stream} revision ${revision}: ${what}`);

const nextAppend = (source: LogCursor): Promise<RecordedEvent[]> => {
  let bytes = 0;
  return nextRun(source, APPEND_EVENTS_MAX, (event) => (bytes += appendBytes([event])) <= APPEND_BYTES_AIM);
};

const appendRun = async (to: EventStore, run: readonly RecordedEvent[]): Promise<void> => {
  const { stream, revision } = run[0] as RecordedEvent;
  const actualRevision = await append(to, run);
  if (actualRevision === undefined) return;
  if (actualRevision < revision - 1) {
    const why = actualRevision < 0 ? 'what stood before is gone' : `the target's stream ends at ${actualRevision}`;
    throw new CopyError('copy-source-incomplete', `${stream} cannot be copied from revision ${revision} on: ${why}`);
  }
  // Part of it, or all, was written by an earlier run that cut its appends elsewhere.
  const there = run.filter((event) => event.revision <= actualRevision);
  const rest = run.slice(there.length);
  const difference = there.length === 0 ? undefined : await differenceOf(there, to, 'the target');
  if (difference !== undefined) throw differs(difference);
  if (rest.length > 0 && (await append(to, rest)) !== undefined) {
    throw differs({ stream, revision: actualRevision + 1, what: 'somebody else writes to the target' });
  }
};

/** Undefined once it is written, otherwise the revision that the stream has. */
const append = async (to: EventStore, run: readonly RecordedEvent[]): Promise<number | undefined> => {
  const { stream, revision } = run[0] as RecordedEvent;
  try {
    const result = await to.append(stream, run, revision - 1);
    return result.kind === 'appended' ? undefined : result.actualRevision;
  } catch (error) {
    if (!isStoreError(error)) throw error;
    throw new StoreError(error.code, `copying ${stream} revision ${revision}: ${error.message}`, { cause: error });
  }
};
