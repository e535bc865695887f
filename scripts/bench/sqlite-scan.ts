import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { openSqlite, type SqliteStatement, type SqliteValue } from '@lapse/sqlite';
import type { AllPage, EventStore, EventToAppend, FactsExtractor, Position } from '@lapse/store';
import { openStore, rate, ratioByRound } from './lib/append-world.js';
import { rounds } from './lib/rounds.js';
import type { Bench, BenchContext } from './lib/types.js';

const PAGE = 1000;
/** A session of ten events: opened, config-version, seven messages, closed. */
const TYPES = ['opened', 'config-version', 'message-from-buyer', 'message-from-agent', 'queued', 'closed'];
const SESSION = [0, 1, 2, 3, 2, 3, 2, 2, 3, 5];
const WITH_JSON = [0, 1, 5];

const factsByType: FactsExtractor = ({ type }) => ({ kind: TYPES.indexOf(type), atMs: 1_709_251_200_000, flags: 1 });
const utf8 = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
const decoder = new TextDecoder();

const eventOf = (kind: number, i: number): EventToAppend => ({
  id: randomUUID(),
  type: TYPES[kind]!,
  contentType: 'application/json',
  data: utf8({ occurredAt: new Date(1_709_251_200_000 + i).toISOString(), merchantId: 'm-12345', n: i, length: 42 }),
  metadata: utf8({ schemaVersion: 1 }),
});

/** Sessions that run beside each other, so that neighbours in the log belong to different streams. */
const fill = async (store: EventStore, sessions: number): Promise<void> => {
  const beside = 500;
  for (let first = 0; first < sessions; first += beside) {
    const streams = Array.from({ length: beside }, (_, i) => `session-${String(first + i).padStart(26, '0')}`);
    for (const [step, kind] of SESSION.entries()) {
      await Promise.all(streams.map((stream) => store.append(stream, [eventOf(kind, step)], step - 1)));
    }
  }
};

/** Reads the whole log; `look` says what is asked of each page. */
const scan = async (store: EventStore, kinds: readonly number[], look: (page: AllPage) => number): Promise<number> => {
  let after: Position | 'start' = 'start';
  let sum = 0;
  for (;;) {
    const page: AllPage = await store.readAll({ after, maxCount: PAGE, payloadOfKinds: kinds });
    sum += look(page);
    if (page.atEnd) return sum;
    after = page.scannedTo;
  }
};

const facts = (page: AllPage): number => {
  let sum = 0;
  for (let i = 0; i < page.size; i += 1) sum += page.kind(i) + page.atMs(i) + page.flags(i) + page.revision(i);
  return sum;
};

const names = (page: AllPage): number => {
  let sum = facts(page);
  for (let i = 0; i < page.size; i += 1) sum += page.stream(i).length;
  return sum;
};

const json = (page: AllPage): number => {
  let sum = names(page);
  for (let i = 0; i < page.size; i += 1) {
    if (!WITH_JSON.includes(page.kind(i))) continue;
    sum += (JSON.parse(decoder.decode(page.event(i).data)) as { length: number }).length;
  }
  return sum;
};

const rawScan = (statement: SqliteStatement): number => {
  let after = 0;
  let sum = 0;
  for (;;) {
    const rows = statement.all<[number, number, number, number, number, number, SqliteValue]>(after, PAGE);
    for (const row of rows) {
      sum += row[3] + row[4] + row[5] + row[2];
      if (row[6] instanceof Uint8Array) sum += (JSON.parse(decoder.decode(row[6])) as { length: number }).length;
    }
    if (rows.length < PAGE) return sum;
    after = rows[rows.length - 1]![0];
  }
};

const run = async ({ quick, figure, log, tempDir }: BenchContext): Promise<void> => {
  const folder = tempDir();
  const sessions = quick ? 1_000 : 20_000;
  const events = sessions * SESSION.length;
  const store = await openStore(folder, factsByType);
  log(`writing ${events} events`);
  await fill(store, sessions);
  const raw = openSqlite(join(folder, 'events.db'), { readOnly: true });
  raw.exec('PRAGMA cache_size = -32768');
  const select = (more: string): SqliteStatement =>
    raw.prepare(
      `SELECT position, stream, revision, kind, at, flags${more} FROM events WHERE position > ? ORDER BY position LIMIT ?`,
    );
  const bare = select('');
  const withJson = select(`, CASE WHEN kind IN (${WITH_JSON.join(',')}) THEN data END AS data`);
  const measure = (work: () => unknown) => (): Promise<number> =>
    rate(events, async () => {
      await work();
    });
  const result = await rounds(quick ? 3 : 15, {
    raw: measure(() => rawScan(bare)),
    facts: measure(() => scan(store, [], facts)),
    names: measure(() => scan(store, [], names)),
    rawJson: measure(() => rawScan(withJson)),
    json: measure(() => scan(store, WITH_JSON, json)),
  });
  const unit = 'events/s';
  const limit = result.raw.median;
  figure({
    figure: 'scan',
    value: result.facts.median,
    ratio: ratioByRound(result.facts, result.raw),
    limit,
    unit,
    note: 'facts of every event; limit: a bare SELECT, paged',
  });
  figure({
    figure: 'scan-names',
    value: result.names.median,
    ratio: ratioByRound(result.names, result.raw),
    limit,
    unit,
    note: 'and its stream',
  });
  const jsonLimit = result.rawJson.median;
  figure({
    figure: 'scan-json',
    value: result.json.median,
    ratio: ratioByRound(result.json, result.rawJson),
    limit: jsonLimit,
    unit,
    note: 'and the JSON of opened, config, closed',
  });
  raw.close();
  await store.close();
};

export const bench: Bench = { name: 'sqlite-scan', about: 'reading the whole log back, against a bare SELECT', run };
