import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { EventStore, StoreError } from '@lapse/store';
import type { ThreadData } from '../src/ahead/messages.js';
import { ReadAhead, type StartThread } from '../src/ahead/read-ahead.js';
import { Changes } from '../src/changes.js';
import { openLogFile } from '../src/log-file.js';
import type { SqlitePage } from '../src/page.js';
import { Reading } from '../src/reading.js';
import { SqliteStore } from '../src/store.js';
import { firstByteFacts, newEvent, realTimer, TempStores } from './lib/temp-store.js';

const PAGE = 1_000;
const sources = { execArgv: ['--import', new URL('../../../scripts/test/sources/register.mjs', import.meta.url).href] };
const program = new URL('../src/ahead/thread.ts', import.meta.url);

let stores: TempStores;
let threads: Worker[];
let pagesRead: number;
let ended: number;
beforeEach(() => {
  stores = new TempStores();
  threads = [];
  pagesRead = 0;
  ended = 0;
});
afterEach(() => stores.dispose());

const startThread: StartThread = (workerData: ThreadData) => {
  const thread = new Worker(program, { ...sources, workerData });
  thread.on('message', () => pagesRead++);
  thread.on('exit', () => ended++);
  threads.push(thread);
  return thread;
};

const log = async (events: number, seed: number): Promise<EventStore> => {
  const store = await stores.write();
  for (let from = 0; from < events; from += 500) {
    const some = Array.from({ length: 500 }, (_, i) => {
      const kind = ((from + i) * seed) % 7;
      return newEvent({ data: new TextEncoder().encode(`${String.fromCharCode(64 + kind)}${from + i}`) });
    });
    await store.append(`stream-${(from * seed) % 11}`, some, 'any');
  }
  return store;
};

const openReading = (start: StartThread): { reading: Reading; ahead: ReadAhead; close: () => Promise<void> } => {
  const ahead = new ReadAhead({ file: stores.file, immutable: false, busyTimeoutMs: 1_000 }, start);
  const { database } = openLogFile(stores.file, { readOnly: true, busyTimeoutMs: 1_000 });
  const reading = new Reading(database, firstByteFacts, ahead);
  const close = async (): Promise<void> => {
    await ahead.close();
    database.close();
  };
  return { reading, ahead, close };
};

const said = (page: SqlitePage): unknown => ({
  at: [page.size, page.scannedTo, page.atEnd, page.looked],
  events: Array.from({ length: page.size }, (_, i) => [
    page.position(i),
    page.stream(i),
    page.revision(i),
    page.kind(i),
    page.flags(i),
    page.idLow32(i),
    page.text(i),
  ]),
});

describe('reading ahead', () => {
  it('gives the pages that reading gives, whatever is asked for and wherever', async () => {
    const seed = 5;
    const store = await log(12_500, seed);
    const { reading, close } = openReading(startThread);
    const ways = [
      { streamPrefixes: undefined, payloadOfKinds: [65, 67] },
      { streamPrefixes: ['stream-1'], payloadOfKinds: undefined },
      { streamPrefixes: undefined, payloadOfKinds: [66] },
    ];
    for (const [after, pages, maxCount, way] of [
      [0, 5, PAGE, 0],
      [3_000, 4, PAGE, 0],
      [7_000, 2, PAGE, 1],
      [9_000, 3, PAGE + 1, 1],
      [0, 2, 10, 1],
      [0, 14, PAGE, 2],
      [12_499, 2, PAGE, 2],
    ] as const) {
      let from = after as number;
      for (let i = 0; i < pages; i++) {
        const request = { after: from, maxCount, ...ways[way]! };
        const page = await reading.all.nextPage(request);
        expect({ seed, ...(said(page) as object) }).toEqual({ seed, ...(said(reading.all.page(request)) as object) });
        from = Number(page.scannedTo);
      }
    }
    expect(threads).toHaveLength(1);
    expect(pagesRead).toBeGreaterThan(10);
    await close();
    expect(ended).toBe(1);
    await store.close();
  });

  it('goes on where the log has grown since its end was reached', async () => {
    const store = await log(3_500, 3);
    const { reading, close } = openReading(startThread);
    let after = 0;
    for (let round = 0; round < 3; round++) {
      for (;;) {
        const page = await reading.all.nextPage({
          after,
          maxCount: PAGE,
          streamPrefixes: undefined,
          payloadOfKinds: undefined,
        });
        after = Number(page.scannedTo);
        if (page.atEnd) break;
      }
      expect(after).toBe(3_500 + round * 2_500);
      for (let i = 0; i < 5; i++)
        await store.append(
          'more',
          Array.from({ length: 500 }, () => newEvent()),
          'any',
        );
    }
    await close();
  });

  it('reads on by itself where the thread cannot be started, does not find its program, or ends', async () => {
    await log(6_000, 3);
    const starts: StartThread[] = [
      () => {
        throw new Error('no more threads');
      },
      () => new Worker(new URL('./no-such-program.mjs', import.meta.url)),
      // Ends at the first thing that it is told.
      () =>
        new Worker('require("node:worker_threads").parentPort.once("message", () => process.exit())', { eval: true }),
    ];
    for (const start of starts) {
      const { reading, close } = openReading(start);
      let after = 0;
      const sizes: number[] = [];
      for (let i = 0; i < 7; i++) {
        const page = await reading.all.nextPage({
          after,
          maxCount: PAGE,
          streamPrefixes: undefined,
          payloadOfKinds: undefined,
        });
        after = Number(page.scannedTo);
        sizes.push(page.size);
      }
      expect(sizes).toEqual([PAGE, PAGE, PAGE, PAGE, PAGE, PAGE, 0]);
      await close();
    }
  });

  it('ends its thread with the store, also while a page is waited for', async () => {
    await log(6_000, 3);
    const ahead = new ReadAhead({ file: stores.file, immutable: false, busyTimeoutMs: 1_000 }, startThread);
    const { database, identity } = openLogFile(stores.file, { readOnly: true, busyTimeoutMs: 1_000 });
    const store = new SqliteStore({
      database,
      identity,
      reading: new Reading(database, firstByteFacts, ahead),
      changes: new Changes({ intervalMs: 50, setTimer: realTimer }),
      writing: undefined,
      frozenAt: undefined,
    });
    const first = await store.readAll({ after: 'start', maxCount: PAGE });
    const second = await store.readAll({ after: first.scannedTo, maxCount: PAGE });
    const third = store.readAll({ after: second.scannedTo, maxCount: PAGE }).then(
      ({ size }) => `${size} events`,
      ({ code }: StoreError) => code,
    );
    await store.close();
    expect(ended).toBe(1);
    // What is under way may come to its end.
    expect(['1000 events', 'store-closed']).toContain(await third);
  });

  it('lets its process exit or close at any moment', async () => {
    await log(20_000, 3);
    const child = fileURLToPath(new URL('./lib/exit-child.ts', import.meta.url));
    for (const how of ['exit', 'close']) {
      for (const pages of ['3', '5', '9']) {
        const { status, stderr } = spawnSync(process.execPath, [...sources.execArgv, child, stores.file, pages, how]);
        expect({ how, pages, status, stderr: stderr.toString() }).toEqual({ how, pages, status: 7, stderr: '' });
      }
    }
  });

  it('is asked for by a reader alone, and reads as ever where only the sources are there', async () => {
    const store = await log(4_000, 3);
    const reader = await stores.read(stores.file, { readsAhead: true });
    let after = (await reader.readAll({ after: 'start', maxCount: PAGE })).scannedTo;
    for (let i = 0; i < 3; i++) after = (await reader.readAll({ after, maxCount: PAGE })).scannedTo;
    expect(after).toBe(await store.headPosition());
  });
});
