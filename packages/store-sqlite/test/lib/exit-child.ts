// exit-child.ts FILE PAGES HOW: reads so many pages of the log, the next ones being read ahead. In the middle of that it exits with 7
// (`exit`), or closes and ends with 7 when it is closed (`close`).
import { Worker } from 'node:worker_threads';
import { ReadAhead } from '../../src/ahead/read-ahead.js';
import { openLogFile } from '../../src/log-file.js';
import { Reading } from '../../src/reading.js';

const [, , file = '', pages = '', how = ''] = process.argv;
const program = new URL('../../src/ahead/thread.ts', import.meta.url);
const ahead = new ReadAhead(
  { file, immutable: false, busyTimeoutMs: 1_000 },
  (workerData) => new Worker(program, { workerData }),
);
const { database } = openLogFile(file, { readOnly: true, busyTimeoutMs: 1_000 });
const { all } = new Reading(database, () => ({ kind: 0, atMs: 0, flags: 0 }), ahead);

let after = 0;
for (let i = 0; i < Number(pages); i++) {
  const page = await all.nextPage({ after, maxCount: 1_000, streamPrefixes: undefined, payloadOfKinds: [65] });
  after = Number(page.scannedTo);
}
if (how === 'exit') process.exit(7);
await ahead.close();
process.exitCode = 7;
