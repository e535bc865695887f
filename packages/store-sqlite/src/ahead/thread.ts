import { parentPort, workerData } from 'node:worker_threads';
import { ColumnReader } from '../columns.js';
import { openLogFile } from '../log-file.js';
import { Busy } from './busy.js';
import { PAGES_AHEAD_MAX, type FromThread, type Stretch, type ThreadData, type ToThread } from './messages.js';

// The thread behind `ReadAhead`: reads the pages of a log in their order, a few ahead of whoever takes them.

const port = parentPort!;
const { file, immutable, busyTimeoutMs, busy: state } = workerData as ThreadData;
const busy = new Busy(state);
const opened = busy.during(() => {
  const { database } = openLogFile(file, { readOnly: true, immutable, busyTimeoutMs });
  return { database, columns: new ColumnReader(database) };
});

let run = 0;
let next: Stretch | undefined;
let room = 0;

const readOn = (): void => {
  while (next !== undefined && room > 0) {
    room--;
    const { after, maxCount, textOfKinds } = next;
    let message: FromThread = { run, row: undefined };
    try {
      const row = busy.during(() => opened?.columns.readRow(after, maxCount, textOfKinds));
      message = { run, row };
      // Behind a page that is not full there is nothing yet: it is read by whoever waits for more.
      next = row?.[0] === maxCount ? { ...next, after: row[2] } : undefined;
    } catch {
      next = undefined;
    }
    port.postMessage(message);
  }
};

port.on('message', (message: ToThread) => {
  if (message.kind === 'close') {
    busy.during(() => opened?.database.close());
    port.close();
    return;
  }
  if (message.kind === 'read-on') {
    ({ run, stretch: next } = message);
    room = PAGES_AHEAD_MAX;
  } else {
    room++;
  }
  readOn();
});
