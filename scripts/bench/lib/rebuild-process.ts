// rebuild-process.js FOLDER: folds the log in FOLDER from zero into a fresh views.db, between two raw scans of the same file, in a
// process of its own, so that its memory is nobody else's. Says what it measured as one line of JSON.
import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { extractFacts, streamNames } from '@lapse/domain';
import { builtInProjectors, openViews, rebuild } from '@lapse/projections';
import { openSqlite } from '@lapse/sqlite';
import { openSqliteStore } from '@lapse/store-sqlite';
import { meanPace, readModelsOf, startPace, type Pace, type RebuildMeasured } from './rebuild-measured.js';

const PAGE = 1_000;

/** Every event's facts, nothing of its payload: what the bare machine gives for the same file. */
const scanRaw = (file: string): Pace => {
  const database = openSqlite(file, { readOnly: true });
  database.exec('PRAGMA cache_size = -32768');
  const page = database.prepare(
    'SELECT position, stream, revision, kind, at, flags, id_low FROM events WHERE position > ? ORDER BY position LIMIT ?',
  );
  const pace = startPace();
  let after = 0;
  let sum = 0;
  let events = 0;
  for (;;) {
    const rows = page.all<[number, number, number, number, number, number, number]>(after, PAGE);
    for (const row of rows) sum += row[2] + row[3] + row[4] + row[5];
    events += rows.length;
    if (rows.length < PAGE) break;
    after = rows[rows.length - 1]![0];
  }
  const measured = pace(events);
  database.close();
  if (sum === 0) throw new Error('there is nothing in the log');
  return measured;
};

const setTimer = (delayMs: number, run: () => void): (() => void) => {
  const timer = setTimeout(run, delayMs);
  return () => clearTimeout(timer);
};

const foldAll = async (folder: string, without: readonly string[]): Promise<Omit<RebuildMeasured, 'raw'>> => {
  const out = join(folder, `views-${randomUUID()}`);
  mkdirSync(out);
  const views = openViews({ file: join(out, 'views.db'), beside: true });
  // As `lapse rebuild` opens it.
  const file = join(folder, 'events.db');
  const store = await openSqliteStore({ readOnly: true, readsAhead: true, file, extractFacts, setTimer });
  let heapBytesMax = 0;
  const onProgress = (): void => {
    heapBytesMax = Math.max(heapBytesMax, process.memoryUsage().heapUsed);
  };
  const pace = startPace();
  const { record } = await rebuild({
    views,
    store,
    names: streamNames(),
    projectors: builtInProjectors.filter(({ name }) => !without.includes(name)),
    nowMs: Date.now,
    setTimer,
    signal: new AbortController().signal,
    onProgress,
  });
  const fold = pace(record.events);
  const measured = {
    fold,
    ...readModelsOf(views),
    heapBytesMax,
    rssBytesMax: process.resourceUsage().maxRSS * 1_024,
  };
  await store.close();
  views.close();
  return measured;
};

const [folder = '', without = ''] = process.argv.slice(2);
const file = join(folder, 'events.db');
const before = scanRaw(file);
const measured = await foldAll(folder, without.split(','));
const after = scanRaw(file);
process.stdout.write(`${JSON.stringify({ ...measured, raw: meanPace(before, after) } satisfies RebuildMeasured)}\n`);
