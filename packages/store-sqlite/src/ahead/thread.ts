import { parentPort, workerData } from 'node:worker_threads';
import { Busy, stepBack } from '@lapse/sqlite';
import { ColumnReader, memoryOf } from '../columns.js';
import { openLogFile } from '../log-file.js';
import { PAGES_AHEAD_MAX, type FromThread, type Stretch, type ThreadData, type ToThread } from './messages.js';

// The thread behind `ReadAhead`: reads the pages of a log in their order, a few ahead of whoever takes them.

const port = parentPort!;
const { file, immutable, busyTimeoutMs, busy: state } = workerData as ThreadData;
const busy = new Busy(state);
stepBack();
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
    let message: FromThread = { run, columns: undefined };
    try {
      const columns = busy.during(() => opened?.columns.read(after, maxCount, textOfKinds));
      message = { run, columns };
      // Behind a page that is not full there is nothing yet: it is read by whoever waits for more.
      const positions = columns?.positions ?? [];
      next = positions.length === maxCount ? { ...next, after: positions.at(-1)! } : undefined;
    } catch {
      next = undefined;
    }
    const { columns } = message;
    port.postMessage(message, columns === undefined || columns.positions.length === 0 ? [] : memoryOf(columns));
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
    room += message.pages;
  }
  readOn();
});
