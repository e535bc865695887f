import { expect } from '@jest/globals';
import { isStoreError, type StoreErrorCode } from '../errors.js';
import type {
  AllFilter,
  AllPage,
  AppendResult,
  EventStore,
  EventToAppend,
  Position,
  RecordedEvent,
  SubscribeOptions,
  SubscriptionMessage,
} from '../port.js';

/** More pages than any case needs: a store that never says `atEnd` fails instead of running for ever. */
const PAGES_MAX = 100_000;
/** Likewise for a subscription that is caught up again and again with nothing new. */
const MESSAGES_MAX = 10_000;

/** Awaits and gives back the error's code; anything else than a StoreError fails the test with that error. */
export const codeOf = async (work: () => Promise<unknown>): Promise<StoreErrorCode> => {
  try {
    await work();
  } catch (error) {
    if (isStoreError(error)) return error.code;
    throw error;
  }
  throw new Error('a StoreError was expected, but the call succeeded');
};

export const appended = (result: AppendResult): AppendResult & { kind: 'appended' } => {
  if (result.kind === 'appended') return result;
  throw new Error(`expected to be appended, but the stream stood at revision ${result.actualRevision}`);
};

/** Every event of a stream in order, through pages. */
export const eventsOf = async (store: EventStore, stream: string, maxCount = 1000): Promise<RecordedEvent[]> => {
  const events: RecordedEvent[] = [];
  for (let pages = 0; pages < PAGES_MAX; pages += 1) {
    const page = await store.readStream(stream, { from: events.length, maxCount });
    if (page.kind === 'no-stream') return events;
    events.push(...page.events);
    if (page.atEnd) return events;
  }
  throw new Error(`${stream}: no end after ${PAGES_MAX} pages`);
};

export const eventsIn = (page: AllPage): RecordedEvent[] => Array.from({ length: page.size }, (_, i) => page.event(i));

export interface Walk extends AllFilter {
  readonly after?: Position | 'start';
  readonly maxCount?: number;
}

/** All pages from a place to the end. */
export const pagesOf = async (store: EventStore, walk: Walk = {}): Promise<AllPage[]> => {
  const pages: AllPage[] = [];
  let after = walk.after ?? 'start';
  while (pages.length < PAGES_MAX) {
    const page = await store.readAll({ ...walk, after });
    pages.push(page);
    if (page.atEnd) return pages;
    expect(store.comparePositions(page.scannedTo, after)).toBeGreaterThan(0);
    after = page.scannedTo;
  }
  throw new Error(`no end after ${PAGES_MAX} pages`);
};

export const everything = async (store: EventStore, walk: Walk = {}): Promise<RecordedEvent[]> =>
  (await pagesOf(store, walk)).flatMap(eventsIn);

/** The messages of a subscription; one that never stops talking fails instead of running for ever. */
export async function* messagesOf(store: EventStore, options: SubscribeOptions): AsyncGenerator<SubscriptionMessage> {
  let messages = 0;
  for await (const message of store.subscribe(options)) {
    messages += 1;
    if (messages > MESSAGES_MAX) throw new Error(`no end after ${MESSAGES_MAX} messages`);
    yield message;
  }
}

/** Takes messages until `enough` says so of all events and messages so far, then leaves the iteration. */
export const subscribeUntil = async (
  store: EventStore,
  options: SubscribeOptions,
  enough: (events: readonly RecordedEvent[], message: SubscriptionMessage) => boolean,
): Promise<RecordedEvent[]> => {
  const events: RecordedEvent[] = [];
  for await (const message of messagesOf(store, options)) {
    if (message.kind === 'page') events.push(...eventsIn(message.page));
    if (enough(events, message)) break;
  }
  return events;
};

/** What was handed in, as comparable values (a Buffer and a Uint8Array of the same bytes are the same payload). */
export const written = ({ id, type, contentType, data, metadata }: EventToAppend): unknown => ({
  id,
  type,
  contentType,
  data: Buffer.from(data).toString('hex'),
  metadata: Buffer.from(metadata).toString('hex'),
});

export const idsOf = (events: readonly EventToAppend[]): string[] => events.map(({ id }) => id);
