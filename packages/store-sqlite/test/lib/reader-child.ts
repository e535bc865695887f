// reader-child.ts FILE: opens the log read-only, subscribes, and says each event and each time it has caught up.
import { openSqliteStore } from '@lapse/store-sqlite';

const [file = ''] = process.argv.slice(2);
const store = await openSqliteStore({
  file,
  readOnly: true,
  extractFacts: () => ({ kind: 1, atMs: 0, flags: 0 }),
  pollIntervalMs: 10,
  setTimer: (afterMs, wake) => {
    const timer = setTimeout(wake, afterMs);
    return () => clearTimeout(timer);
  },
});
process.stdout.write('open\n');
for await (const message of store.subscribe({ after: 'start', pageSizeMax: 7 })) {
  if (message.kind === 'caught-up') process.stdout.write(`caught-up ${message.at}\n`);
  else for (let i = 0; i < message.page.size; i += 1) process.stdout.write(`event ${message.page.event(i).id}\n`);
}
