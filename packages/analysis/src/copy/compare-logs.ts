import { readWholeStream, type EventStore, type Position, type RecordedEvent } from '@lapse/store';
import { holdsBigInteger } from './big-integers.js';
import { LogCursor } from './log-cursor.js';
import { differingPart, isSameEvent, type Difference } from './same-event.js';

/** How many streams are looked up in the other log at once. */
const LOOKUPS_IN_FLIGHT_MAX = 32;
/** How many events in a row of one stream are looked up together. */
const RUN_EVENTS_MAX = 500;

export interface CompareOptions {
  readonly from: EventStore;
  readonly to: EventStore;
  readonly streamPrefixes: readonly string[];
  /** What the source holds behind it is left out of the comparison. */
  readonly until?: Position | 'start';
  readonly onProgress?: (progress: CompareProgress) => void;
  readonly signal?: AbortSignal;
}

export interface CompareProgress {
  /** How far the source has been compared. */
  readonly at: Position | 'start';
  readonly events: number;
}

export interface Comparison {
  /** Events of the source that were compared. */
  readonly events: number;
  /** Of them, those with integers beyond 2^53: the same bytes, but not every client reads the same number from them. */
  readonly bigIntegerEvents: number;
  /** The first that was found; undefined: both logs have the same streams with the same events, byte for byte. */
  readonly difference: Difference | undefined;
}

/**
 * Compares two logs stream by stream, event by event: id, type, content type, data and metadata at each revision, and that
 * neither has more. In which order streams follow each other does not count. Stops early, without a difference, when the
 * signal aborts.
 */
export const compareLogs = async (options: CompareOptions): Promise<Comparison> => {
  const { from, to, streamPrefixes, until, onProgress } = options;
  const source = new LogCursor(from, { streamPrefixes, until });
  const target = new LogCursor(to, { streamPrefixes });
  let events = 0;
  let bigIntegerEvents = 0;
  const onEvent = (event: RecordedEvent): void => {
    events += 1;
    if (holdsBigInteger(event)) bigIntegerEvents += 1;
    onProgress?.({ at: event.position, events });
  };
  await walkTogether(source, target, { onEvent, signal: options.signal });
  const missing = await firstMissing(source, to, { lacks: 'the target', onEvent, signal: options.signal });
  const difference = missing ?? (await firstMissing(target, from, { lacks: 'the source', signal: options.signal }));
  return { events, bigIntegerEvents, difference };
};

interface Walk {
  readonly onEvent?: ((event: RecordedEvent) => void) | undefined;
  readonly signal: AbortSignal | undefined;
}

/** Takes events from both for as long as they are the same in the same order: where a copy wrote the log, to its end. */
export const walkTogether = async (a: LogCursor, b: LogCursor, { onEvent, signal }: Walk): Promise<void> => {
  while (signal?.aborted !== true) {
    const one = await a.current();
    if (one === undefined) return;
    const other = await b.current();
    if (other === undefined || !isSameEvent(one, other)) return;
    a.take();
    b.take();
    onEvent?.(one);
  }
};

/** Looks up what is left of `rest` in the other log, stream by stream. */
export const firstMissing = async (
  rest: LogCursor,
  other: EventStore,
  { lacks, onEvent, signal }: Walk & { readonly lacks: string },
): Promise<Difference | undefined> => {
  while (signal?.aborted !== true) {
    const runs: RecordedEvent[][] = [];
    while (runs.length < LOOKUPS_IN_FLIGHT_MAX) {
      const run = await nextRun(rest, RUN_EVENTS_MAX);
      if (run.length === 0) break;
      runs.push(run);
    }
    if (runs.length === 0) return undefined;
    const found = await Promise.all(runs.map((run) => differenceOf(run, other, lacks)));
    const difference = found.find((one) => one !== undefined);
    if (difference !== undefined) return difference;
    for (const event of runs.flat()) onEvent?.(event);
  }
  return undefined;
};

/** Takes the events that follow each other in the log and in one stream; `fits` says whether the next may come along. */
export const nextRun = async (
  cursor: LogCursor,
  eventsMax: number,
  fits: (event: RecordedEvent) => boolean = () => true,
): Promise<RecordedEvent[]> => {
  const run: RecordedEvent[] = [];
  while (run.length < eventsMax) {
    const event = await cursor.current();
    const last = run.at(-1);
    if (event === undefined) break;
    const follows = last === undefined || (event.stream === last.stream && event.revision === last.revision + 1);
    // The first goes along whatever it weighs.
    if (!follows || (!fits(event) && last !== undefined)) break;
    run.push(event);
    cursor.take();
  }
  return run;
};

/** The first event of a run that does not stand in the other log as it is. */
export const differenceOf = async (
  run: readonly RecordedEvent[],
  other: EventStore,
  lacks: string,
): Promise<Difference | undefined> => {
  const first = run[0] as RecordedEvent;
  let index = 0;
  for await (const found of readWholeStream(other, first.stream, { from: first.revision, pageSize: run.length })) {
    const event = run[index];
    if (event === undefined) return undefined;
    const { stream, revision } = event;
    if (found.revision !== revision) break;
    const part = differingPart(event, found);
    if (part !== undefined) return { stream, revision, what: `its ${part} differs` };
    index += 1;
  }
  const event = run[index];
  if (event === undefined) return undefined;
  return { stream: event.stream, revision: event.revision, what: `${lacks} does not have it` };
};
