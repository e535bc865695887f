// rebuild-alone-child.ts FOLDER: rebuilds FOLDER/views.db from FOLDER/events.db, where no engine runs, with short transactions that a
// second thread writes. Says `began` at the first one and `done` at the end.
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { extractFacts, streamNames } from '@lapse/domain';
import { openSqliteStore } from '@lapse/store-sqlite';
import { builtInProjectors, openViews, rebuild } from '@lapse/projections';

const [, , folder = ''] = process.argv;
const say = (line: string): boolean => process.stdout.write(`${line}\n`);
const setTimer = (delayMs: number, run: () => void): (() => void) => {
  const timer = setTimeout(run, delayMs);
  return () => clearTimeout(timer);
};

const store = await openSqliteStore({ readOnly: true, file: join(folder, 'events.db'), extractFacts, setTimer });
const views = openViews({ file: join(folder, 'views.db'), beside: true });
const { kind } = await rebuild({
  views,
  store,
  names: streamNames(),
  projectors: builtInProjectors,
  nowMs: Date.now,
  setTimer,
  signal: new AbortController().signal,
  limits: { pageSizeMax: 50, dirtyRowsMax: 20, writesBehind: true },
  startThread: (workerData) =>
    new Worker(new URL('../../../projections/src/write-behind/thread.ts', import.meta.url), { workerData }),
  onProgress: () => say('began'),
});
views.close();
await store.close();
say(kind);
