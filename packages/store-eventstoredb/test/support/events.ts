import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { EventStore, EventToAppend, RecordedEvent } from '@lapse/store';
import { isStoreError, readWholeStream } from '@lapse/store';

const utf8 = new TextEncoder();
export const NO_BYTES = new Uint8Array(0);

export const event = (overrides: Partial<EventToAppend> = {}): EventToAppend => ({
  id: randomUUID(),
  type: 'happened',
  contentType: 'application/json',
  data: utf8.encode('{"a":1}'),
  metadata: NO_BYTES,
  ...overrides,
});

export const events = (count: number): EventToAppend[] => Array.from({ length: count }, () => event());

export const idsOf = (list: readonly { readonly id: string }[]): string[] => list.map(({ id }) => id);

export const wholeStream = async (store: EventStore, stream: string): Promise<RecordedEvent[]> => {
  const all: RecordedEvent[] = [];
  for await (const one of readWholeStream(store, stream, { pageSize: 1000 })) all.push(one);
  return all;
};

/** The code of the StoreError that the work fails with. */
export const codeOf = async (work: Promise<unknown>): Promise<string> => {
  try {
    await work;
  } catch (error) {
    if (isStoreError(error)) return error.code;
    throw error;
  }
  return 'no error';
};

/** Waits until it is so; gives up after ten seconds and says what it waited for. */
export const until = async (what: string, isSo: () => boolean): Promise<void> => {
  for (let i = 0; i < 1000; i += 1) {
    if (isSo()) return;
    await wait(10);
  }
  throw new Error(`waited in vain until ${what}`);
};
