import { createMemoryStore, type EventStore, type EventToAppend, type MemoryStoreOptions } from '@lapse/store';

let made = 0;

export const openMemoryStore = (options: Partial<MemoryStoreOptions> = {}): EventStore =>
  createMemoryStore({
    extractFacts: () => ({ kind: 0, atMs: 0, flags: 0 }),
    nowMs: () => 1_700_000_000_000,
    identity: 'a log in memory',
    ...options,
  });

export const anEvent = (overrides: Partial<EventToAppend> = {}): EventToAppend => {
  made += 1;
  return {
    id: `00000000-0000-4000-8000-${made.toString(16).padStart(12, '0')}`,
    type: 'happened',
    contentType: 'application/octet-stream',
    data: new Uint8Array([made & 255]),
    metadata: new Uint8Array(0),
    ...overrides,
  };
};

export const someEvents = (count: number): EventToAppend[] => Array.from({ length: count }, () => anEvent());
