import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { openSqlite, type SqliteDatabase, type SqliteInput } from '@lapse/sqlite';
import { NO_STREAM, type EventStore, type EventToAppend, type FactsExtractor } from '@lapse/store';
import { openSqliteStore } from '@lapse/store-sqlite';
import { median } from './percentile.js';
import type { Rounds } from './rounds.js';

const utf8 = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

/** Events as a chat service sends them: some 110 bytes of data, 60 of metadata. */
export const newMessages = (count: number): EventToAppend[] =>
  Array.from({ length: count }, (_, i) => ({
    id: randomUUID(),
    type: i % 2 === 0 ? 'message-from-buyer' : 'message-from-agent',
    contentType: 'application/json',
    data: utf8({ occurredAt: new Date(1_709_251_200_000 + i).toISOString(), senderId: 'b-123456', length: 42 }),
    metadata: utf8({ schemaVersion: 1, $correlationId: randomUUID() }),
  }));

export const constantFacts: FactsExtractor = () => ({ kind: 2, atMs: 1_709_251_200_000, flags: 1 });

/** What an extractor costs that has to look into the event. */
export const parsedFacts: FactsExtractor = ({ data }) => {
  const { occurredAt } = JSON.parse(new TextDecoder().decode(data)) as { occurredAt: string };
  return { kind: 2, atMs: Date.parse(occurredAt), flags: 1 };
};

export const openStore = (folder: string, extractFacts: FactsExtractor): Promise<EventStore> =>
  openSqliteStore({
    file: join(folder, 'events.db'),
    extractFacts,
    nowMs: Date.now,
    newIdentity: randomUUID,
  });

/** An empty file of the store's own layout, opened past the store, as bare as SQLite goes with the same durability. */
export const openRaw = async (folder: string): Promise<SqliteDatabase> => {
  await (await openStore(folder, constantFacts)).close();
  const database = openSqlite(join(folder, 'events.db'));
  database.exec('PRAGMA synchronous = FULL; PRAGMA cache_size = -32768');
  return database;
};

/** Inserts one event into one of `streams` streams, in turn. */
export const rawInsert = (database: SqliteDatabase, streams: number): ((event: EventToAppend) => void) => {
  const statement = database.prepare(
    'INSERT INTO events (position, stream, revision, kind, at, flags, id_low, stored_at, type, content_type, id, metadata, data) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
  );
  let position = 0;
  return ({ id, metadata, data }) => {
    const stream = (position % streams) + 1;
    const revision = Math.floor(position / streams);
    position += 1;
    const facts: SqliteInput[] = [2, 1_709_251_200_000, 1, 123_456_789, 1_709_251_200_000];
    statement.run(position, stream, revision, ...facts, 1, 0, id, metadata, data);
  };
};

/** One caller writes its share of the events to a stream of its own, each append after the answer to the one before. */
export const writeAlone = async (
  store: EventStore,
  stream: string,
  events: readonly EventToAppend[],
): Promise<void> => {
  let revision = NO_STREAM;
  for (const event of events) {
    const result = await store.append(stream, [event], revision);
    if (result.kind !== 'appended') throw new Error(`${stream} has two writers`);
    revision = result.lastRevision;
  }
};

/** The events per second that `work` makes of `events` events. */
export const rate = async (events: number, work: () => void | Promise<void>): Promise<number> => {
  const startedMs = performance.now();
  await work();
  return (events / (performance.now() - startedMs)) * 1000;
};

/** The middle of the rounds' own ratios: what slowed the machine in one round slowed both of its measures. */
export const ratioByRound = (measured: Rounds, limit: Rounds): number =>
  median(measured.all.map((value, round) => value / limit.all[round]!));
