import {
  chmodSync,
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openSqlite } from '@lapse/sqlite';
import { isStoreError, type Position } from '@lapse/store';
import { openSqliteStore } from '@lapse/store-sqlite';
import { Changes } from '../src/changes.js';
import { contentMark } from '../src/files.js';
import { openLogFile } from '../src/log-file.js';
import { Reading } from '../src/reading.js';
import { SqliteStore } from '../src/store.js';
import { firstByteFacts, newEvent, newEvents, realTimer, TempStores } from './lib/temp-store.js';

let stores: TempStores;
beforeEach(() => {
  stores = new TempStores();
});
afterEach(() => stores.dispose());

const path = (name: string): string => join(stores.folder, name);

const refusal = async (opening: Promise<unknown>): Promise<{ code: string; message: string }> => {
  try {
    await opening;
  } catch (error) {
    if (isStoreError(error)) return { code: error.code, message: error.message };
    throw error;
  }
  return { code: 'opened', message: '' };
};
const writing = (file: string) => refusal(stores.write({ file }));
const reading = (file: string) => refusal(stores.read(file));

/** A closed log of 300 events, under another name than the one that it was written under. */
const closedLog = async (name: string): Promise<string> => {
  const store = await stores.write({ file: path('first.db') });
  for (let i = 0; i < 30; i += 1) await store.append(`stream-${i}`, newEvents(10), -1);
  await store.close();
  copyFileSync(path('first.db'), path(name));
  return path(name);
};

describe('opening a log', () => {
  it('creates the file and the folders above it, for a writer', async () => {
    const file = path('a/b/c/events.db');
    const store = await stores.write({ file });
    await store.append('a', [newEvent()], -1);
    expect(existsSync(file)).toBe(true);
    expect(await store.identity()).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('creates nothing for a reader, who is told that there is no log', async () => {
    const file = path('a/events.db');
    expect(await reading(file)).toMatchObject({ code: 'store-unavailable', message: `there is no log at ${file}` });
    expect(existsSync(dirname(file))).toBe(false);
  });

  it('keeps quotes in an identity as they are', async () => {
    const store = await stores.write({ newIdentity: () => "the log of O'Hara" });
    expect(await store.identity()).toBe("the log of O'Hara");
  });

  it('starts afresh over what a crash left of a creation', async () => {
    writeFileSync(`${stores.file}.new`, 'half of a file');
    const store = await stores.write();
    expect(await store.headPosition()).toBe('start');
    expect(existsSync(`${stores.file}.new`)).toBe(false);
  });

  it('refuses a format that is newer than it knows, and leaves the file as it is', async () => {
    const file = await closedLog('newer.db');
    const database = openSqlite(file);
    database.exec("DROP TRIGGER no_update_of_meta; UPDATE meta SET value = '2' WHERE name = 'format'");
    database.close();
    for (const answer of [await writing(file), await reading(file)]) {
      expect(answer.code).toBe('store-format-newer');
      expect(answer.message).toContain('format 2, this version knows formats up to 1');
    }
  });

  it('refuses a folder in its place', async () => {
    mkdirSync(stores.file);
    for (const answer of [await writing(stores.file), await reading(stores.file)]) {
      expect(answer).toMatchObject({ code: 'store-not-a-database', message: expect.stringContaining('is a folder') });
    }
  });

  it('refuses a file that is no database, and one that belongs to another program', async () => {
    writeFileSync(path('note.txt'), 'a note, and no database at all. '.repeat(500));
    openSqlite(path('plain.db')).exec('CREATE TABLE t (a)');
    openSqlite(path('other.db')).exec('PRAGMA application_id = 77; CREATE TABLE t (a)');
    for (const name of ['note.txt', 'plain.db', 'other.db']) {
      expect((await writing(path(name))).code).toBe('store-not-a-database');
      expect((await reading(path(name))).code).toBe('store-not-a-database');
    }
    expect((await writing(path('other.db'))).message).toContain('another program (application_id 77)');
  });

  it('refuses an empty file: a log never is one, so something was lost', async () => {
    writeFileSync(stores.file, '');
    expect((await writing(stores.file)).code).toBe('store-corrupt');
    expect((await reading(stores.file)).code).toBe('store-corrupt');
  });

  it('refuses to start a new log beside the write-ahead log of a missing one', async () => {
    writeFileSync(`${stores.file}-wal`, 'acknowledged events may be in here');
    expect(await writing(stores.file)).toMatchObject({
      code: 'store-corrupt',
      message: expect.stringContaining('may hold acknowledged events'),
    });
    expect(existsSync(`${stores.file}-wal`)).toBe(true);
  });

  it('refuses a file that was cut off, wherever it was cut', async () => {
    const whole = await closedLog('whole.db');
    const pages = 12;
    const cuts = Array.from({ length: pages }, (_, i) => i * 4096).flatMap((bytes) => [
      bytes + 1,
      bytes + 2048,
      bytes + 4096,
    ]);
    const size = statSync(whole).size;
    for (const bytes of [50, ...cuts, size - 2000, size - 1]) {
      const file = path(`cut-${bytes}.db`);
      copyFileSync(whole, file);
      truncateSync(file, bytes);
      expect(['store-corrupt', 'store-not-a-database']).toContain((await writing(file)).code);
    }
  });

  it('says where a damaged page is met while it reads, instead of giving half of the events', async () => {
    const file = await closedLog('damaged.db');
    const database = openSqlite(file);
    const rootPage = database.prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'events'").get<[number]>()![0];
    database.close();
    const descriptor = openSync(file, 'r+');
    writeSync(descriptor, new Uint8Array(4096).fill(0xff), 0, 4096, (rootPage - 1) * 4096);
    closeSync(descriptor);
    const store = await stores.read(file);
    expect((await refusal(store.readAll({ after: 'start' }))).code).toBe('store-corrupt');
  });

  it('refuses to write to a file that may only be read', async () => {
    const file = await closedLog('guarded.db');
    chmodSync(file, 0o444);
    const isRoot = process.getuid?.() === 0;
    expect((await writing(file)).code).toBe(isRoot ? 'opened' : 'store-read-only');
    expect((await reading(file)).code).toBe('opened');
  });

  it('refuses to write without a folder to write to, and reads all the same', async () => {
    const file = await closedLog('folder-events.db');
    chmodSync(stores.folder, 0o555);
    try {
      // Root may write anyway; whoever else asks is told why it does not work.
      const isRoot = process.getuid?.() === 0;
      expect((await writing(file)).code).toBe(isRoot ? 'opened' : 'store-read-only');
      const store = await stores.read(path('first.db'));
      expect((await refusal(store.append('a', [newEvent()], 'any'))).code).toBe('store-read-only');
      expect((await store.readAll({ after: 'start', maxCount: 1000 })).size).toBe(300);
    } finally {
      chmodSync(stores.folder, 0o755);
    }
  });

  it('reads a log that nobody writes where nothing can be written, and notices when somebody begins to', async () => {
    const file = await closedLog('frozen.db');
    const parts = openLogFile(file, { readOnly: true, immutable: true, busyTimeoutMs: 0 });
    const reading = new Reading(parts.database, firstByteFacts);
    const changes = new Changes({ intervalMs: 10, setTimer: realTimer });
    const store = new SqliteStore({ ...parts, reading, changes, writing: undefined, frozenAt: contentMark(file) });
    expect((await store.readAll({ after: 'start', maxCount: 1000 })).size).toBe(300);
    expect(existsSync(`${file}-shm`)).toBe(false);

    const messages = store.subscribe({ after: '300' as Position })[Symbol.asyncIterator]();
    expect((await messages.next()).value).toEqual({ kind: 'caught-up', at: '300' });
    const waiting = refusal(messages.next());
    const writer = await stores.write({ file });
    await writer.append('a', [newEvent()], 'any');
    expect((await waiting).code).toBe('store-unavailable');
    expect((await refusal(store.readStream('stream-1'))).code).toBe('store-unavailable');
    await store.close();
  });

  it('refuses a folder that cannot be made', async () => {
    writeFileSync(path('in-the-way'), 'a file');
    expect((await writing(path('in-the-way/events.db'))).code).toBe('store-unavailable');
  });
});

describe('a log has one writer', () => {
  it('a second one is refused with the names of both files, also by another path to the same log', async () => {
    await stores.write();
    symlinkSync(stores.file, path('link.db'));
    for (const file of [stores.file, path('link.db')]) {
      const { code, message } = await writing(file);
      expect(code).toBe('store-locked');
      expect(message).toContain(stores.file);
      expect(message).toContain(`${stores.file}.lock`);
    }
  });

  it('until it closes, or fails to open', async () => {
    const first = await stores.write();
    await first.append('a', [newEvent()], -1);
    await first.close();
    const broken = openSqliteStore({
      file: stores.file,
      extractFacts: () => ({ kind: 0, atMs: 0, flags: 0 }),
      nowMs: () => 0,
      newIdentity: () => 'unused',
      get streamCacheMax(): number {
        throw new Error('broken options');
      },
    });
    await expect(broken).rejects.toThrow('broken options');
    const second = await stores.write();
    expect(await second.append('a', [newEvent()], 0)).toMatchObject({ lastRevision: 1 });
  });
});

describe('options out of their bounds', () => {
  it('are moved into them', async () => {
    const store = await stores.write({
      groupEventsMax: 0,
      groupBytesMax: -5,
      waitingAppendsMax: Number.NaN,
      waitingBytesMax: 1,
      streamCacheMax: 0,
      busyTimeoutMs: 1e12,
      fileBytesMax: 1,
    });
    const results = await Promise.all(['a', 'b', 'a'].map((stream) => store.append(stream, newEvents(3), 'any')));
    expect(results.map(({ kind }) => kind)).toEqual(['appended', 'appended', 'appended']);
    const reader = await openSqliteStore({
      file: stores.file,
      readOnly: true,
      extractFacts: () => ({ kind: 0, atMs: 0, flags: 0 }),
      setTimer: realTimer,
      pollIntervalMs: -1,
    });
    expect(await reader.headPosition()).toBe('9');
    await reader.close();
  });

  it('and a log that may not grow answers disk-full, keeps what it has, and goes on with a larger bound', async () => {
    const small = await stores.write({ fileBytesMax: 256 * 1024 });
    let written = 0;
    let answer = '';
    while (answer === '') {
      const appending = small.append('a', newEvents(50), 'any').then(() => {
        written += 50;
      });
      answer = await refusal(appending).then(({ code }) => (code === 'opened' ? '' : code));
    }
    expect(answer).toBe('disk-full');
    expect(await small.headPosition()).toBe(String(written));
    await small.close();
    const larger = await stores.write();
    expect(await larger.append('a', newEvents(50), written - 1)).toMatchObject({ lastRevision: written + 49 });
  });
});
