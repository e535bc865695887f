import { formatInstant, readEvent, streamNames } from '@lapse/domain';
import { follow, type AllPage, type EventStore, type RecordedEvent } from '@lapse/store';
import { usageError } from '../cli-error.js';
import { readConfig } from '../config.js';
import { sleep, type Io } from '../io.js';
import { openLogAt, placeOf } from './log-at.js';
import type { FolderFlags } from './verb.js';

export interface TailFlags extends FolderFlags {
  readonly session?: string;
  readonly merchant?: string;
  /** Also what stands there already. */
  readonly fromStart?: boolean;
  readonly follow?: boolean;
}

/** `lapse tail`: every event as it is recorded, read beside whoever writes. */
export const tailVerb = async (io: Io, flags: TailFlags): Promise<void> => {
  if (flags.session !== undefined && flags.merchant !== undefined)
    throw usageError('name a session or a merchant, not both');
  const config = readConfig(io, { dataDir: flags.dataDir, store: flags.store });
  const store = await openLogAt(io, placeOf(config), 'read');
  const names = streamNames(config.streamPrefix);
  const only =
    flags.session !== undefined
      ? names.session(flags.session)
      : flags.merchant !== undefined
        ? names.merchant(flags.merchant)
        : undefined;
  try {
    await tail(io, flags, store, only, Object.values(names.prefixes));
  } finally {
    await store.close();
  }
};

const tail = async (
  io: Io,
  flags: TailFlags,
  store: EventStore,
  only: string | undefined,
  prefixes: string[],
): Promise<void> => {
  const ended = new AbortController();
  const stop = (): void => ended.abort();
  io.signal.addEventListener('abort', stop, { once: true });
  if (io.signal.aborted) stop();
  await follow(store, {
    after: flags.fromStart === true || flags.follow === false ? 'start' : await store.headPosition(),
    streamPrefixes: only === undefined ? prefixes : [only],
    onPage: (page) => printPage(io, flags, page, only),
    onCaughtUp: () => {
      if (flags.follow === false) stop();
    },
    onTrouble: ({ error }) => io.err(`reading again: ${String(error)}\n`),
    backoff: { firstMs: 100, maxMs: 5_000 },
    random: io.random,
    sleep,
    signal: ended.signal,
  });
};

const printPage = (io: Io, flags: TailFlags, page: AllPage, only: string | undefined): void => {
  for (let i = 0; i < page.size; i++) {
    if (only !== undefined && page.stream(i) !== only) continue;
    const recorded = page.event(i);
    io.out(flags.json === true ? `${JSON.stringify(asJson(recorded))}\n` : `${asText(recorded)}\n`);
  }
};

const asText = (recorded: RecordedEvent): string => {
  const read = readEvent(recorded);
  const at = read.kind === 'event' ? formatInstant(read.event.occurredAtMs) : formatInstant(recorded.storedAtMs);
  const data = read.kind === 'event' ? JSON.stringify(read.event.data) : `(${read.kind})`;
  return `${recorded.position.padStart(8)}  ${at}  ${recorded.stream}@${recorded.revision}  ${recorded.type}  ${data}`;
};

const asJson = (recorded: RecordedEvent): unknown => {
  const { position, stream, revision, id, type, storedAtMs } = recorded;
  const read = readEvent(recorded);
  const event = read.kind === 'event' ? read.event : undefined;
  return {
    position,
    stream,
    revision,
    id,
    type,
    occurredAt: event === undefined ? null : formatInstant(event.occurredAtMs),
    data: event?.data ?? null,
    storedAt: formatInstant(storedAtMs),
  };
};
