import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EventStore, EventToAppend, FactsExtractor } from '@lapse/store';
import {
  openSqliteStore,
  type SetTimer,
  type SqliteReaderOptions,
  type SqliteWriterOptions,
} from '@lapse/store-sqlite';

export const realTimer: SetTimer = (afterMs, wake) => {
  const timer = setTimeout(wake, afterMs);
  return () => clearTimeout(timer);
};

/** The kind stands in the first byte of the data; flags count its bytes. */
export const firstByteFacts: FactsExtractor = ({ data }) => ({
  kind: data[0] ?? 0,
  atMs: 1_700_000_000_000,
  flags: data.byteLength,
});

/** A folder of its own for every test, and every store in it closed at the end. */
export class TempStores {
  readonly folder = mkdtempSync(join(tmpdir(), 'lapse-store-sqlite-'));
  readonly file = join(this.folder, 'events.db');
  private readonly opened: EventStore[] = [];

  async write(options: Partial<SqliteWriterOptions> = {}): Promise<EventStore> {
    return this.keep(
      await openSqliteStore({
        file: this.file,
        extractFacts: firstByteFacts,
        nowMs: () => 1_700_000_000_000,
        newIdentity: randomUUID,
        ...options,
        readOnly: false,
      }),
    );
  }

  async read(file = this.file, options: Partial<SqliteReaderOptions> = {}): Promise<EventStore> {
    return this.keep(
      await openSqliteStore({
        file,
        extractFacts: firstByteFacts,
        setTimer: realTimer,
        pollIntervalMs: 10,
        ...options,
        readOnly: true,
      }),
    );
  }

  async closeAll(): Promise<void> {
    for (const store of this.opened.splice(0)) await store.close();
  }

  async dispose(): Promise<void> {
    await this.closeAll();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private keep(store: EventStore): EventStore {
    this.opened.push(store);
    return store;
  }
}

export const newEvent = (overrides: Partial<EventToAppend> = {}): EventToAppend => ({
  id: randomUUID(),
  type: 'happened',
  contentType: 'application/json',
  data: new TextEncoder().encode('{"n":1}'),
  metadata: new TextEncoder().encode('{}'),
  ...overrides,
});

export const newEvents = (count: number): EventToAppend[] => Array.from({ length: count }, () => newEvent());
