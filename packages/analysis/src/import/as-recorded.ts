import {
  derivedEventId,
  encodeEvent,
  importedSessionId,
  noRulesPolicy,
  pinOf,
  type EncodedEvent,
  type StreamNames,
} from '@lapse/domain';
import { NO_STREAM, readWholeStream, type EventStore } from '@lapse/store';
import { ImportError } from './import-error.js';
import { readSourceSessions, type ImportProgress, type SourceSession } from './read-source.js';
import { importedEventId, openedDataOf, toLapseEvent, toSend } from './to-lapse.js';

/** How many sessions are on their way into the store at once: they share its commits. */
const SESSIONS_IN_FLIGHT_MAX = 256;
/** How many events one append may carry, well below every store's size limit. */
const EVENTS_PER_APPEND_MAX = 1_000;

export interface AsRecordedOptions {
  readonly file: string;
  /** The name of the source: part of every derived id. */
  readonly source: string;
  readonly store: EventStore;
  readonly names: StreamNames;
  readonly onProgress?: (progress: ImportProgress) => void;
  readonly signal?: AbortSignal;
}

export interface AsRecordedSummary {
  readonly sessions: number;
  readonly events: number;
  /** Sessions that stood in the store already, event by event. */
  readonly alreadyThere: number;
}

/**
 * Writes a history as it was, each session pinned to the policy without rules (D15): nothing lapses in it. Importing again
 * adds nothing; a session that stands there with other events ends the import (`session-differs`).
 */
export const importAsRecorded = async (options: AsRecordedOptions): Promise<AsRecordedSummary> => {
  const inFlight = new Set<Promise<void>>();
  let failure: Error | undefined;
  let alreadyThere = 0;
  let last: ImportProgress | undefined;
  for await (const session of readSourceSessions(options.file)) {
    if (options.signal?.aborted === true || failure !== undefined) break;
    const task: Promise<void> = writeSession(options, session)
      .then((wasThere) => {
        alreadyThere += wasThere ? 1 : 0;
      })
      .catch((error: unknown) => {
        failure ??= error as Error;
      })
      .finally(() => inFlight.delete(task));
    inFlight.add(task);
    if (inFlight.size >= SESSIONS_IN_FLIGHT_MAX) await Promise.race(inFlight);
    last = session.progress;
    options.onProgress?.(last);
  }
  await Promise.all(inFlight);
  if (failure !== undefined) throw failure;
  return { sessions: last?.sessions ?? 0, events: last?.events ?? 0, alreadyThere };
};

const writeSession = async (options: AsRecordedOptions, session: SourceSession): Promise<boolean> => {
  const { stream, encoded } = encodeSession(options, session);
  let revision = NO_STREAM;
  let wasThere = true;
  for (let start = 0; start < encoded.length; start += EVENTS_PER_APPEND_MAX) {
    const part = encoded.slice(start, start + EVENTS_PER_APPEND_MAX);
    const result = await options.store.append(stream, part, revision);
    if (result.kind === 'wrong-revision') throw differs(options, session);
    revision = result.lastRevision;
    wasThere &&= result.repeated;
  }
  if (wasThere && !(await saysTheSame(options.store, stream, encoded))) throw differs(options, session);
  return wasThere;
};

const differs = ({ file }: AsRecordedOptions, { session }: SourceSession): ImportError =>
  new ImportError(
    'session-differs',
    `session ${session} stands in the store already, with other events than in ${file}`,
  );

/** Ids tell an event's place in its source, not what it says. */
const saysTheSame = async (store: EventStore, stream: string, encoded: readonly EncodedEvent[]): Promise<boolean> => {
  let next = 0;
  for await (const { type, data } of readWholeStream(store, stream)) {
    const own = encoded[next++];
    if (own === undefined || own.type !== type || Buffer.compare(own.data, data) !== 0) return false;
  }
  return next === encoded.length;
};

const encodeSession = (
  { source, names }: AsRecordedOptions,
  { session, events }: SourceSession,
): { stream: string; encoded: EncodedEvent[] } => {
  const [opening, ...rest] = events;
  if (opening?.type !== 'opened') throw new TypeError(`session ${session} does not start with opened`);
  const stream = names.session(importedSessionId(source, session, opening.at));
  const data = openedDataOf(opening);
  const pin = pinOf(data.merchantId, { ...noRulesPolicy, version: 0, merchantRevision: null, data: undefined });
  const encoded = [
    encodeEvent(importedEventId(source, opening), { type: 'opened', occurredAtMs: opening.at, data }),
    encodeEvent(derivedEventId('pin', stream), { type: 'config-version', occurredAtMs: opening.at, data: pin }),
  ];
  for (const event of rest) {
    if (event.type === 'opened') continue;
    const sent = toSend(source, event);
    encoded.push(encodeEvent(importedEventId(source, event), toLapseEvent(sent, event.at)));
  }
  return { stream, encoded };
};
