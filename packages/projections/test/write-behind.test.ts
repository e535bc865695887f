import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openViews, type RebuildOptions, type Views } from '../src/index.js';
import type { Pipeline } from '../src/pipeline/pipeline.js';
import { RowWriter } from '../src/rebuild/row-writer.js';
import { WriteBehind, type StartThread } from '../src/write-behind/write-behind.js';
import { dump } from './lib/dump.js';
import { rebuildIn, rowsFromZero } from './lib/rebuilding.js';
import * as w from './lib/world.js';

const sources = { execArgv: ['--import', new URL('../../../scripts/test/sources/register.mjs', import.meta.url).href] };
const program = new URL('../src/write-behind/thread.ts', import.meta.url);

let threads: Worker[];
let ended: number;
let views: Views;
let writer: WriteBehind;

const startThread: StartThread = (workerData) => {
  const thread = new Worker(program, { ...sources, workerData });
  thread.on('exit', () => ended++);
  threads.push(thread);
  return thread;
};

beforeEach(async () => {
  threads = [];
  ended = 0;
  views = openViews({ file: join(w.tempFolder(), 'views.db'), beside: true });
  views.database.exec('CREATE TABLE numbers (number INTEGER PRIMARY KEY, name TEXT, bytes BLOB) STRICT');
  writer = (await WriteBehind.start(views.file, startThread)) as WriteBehind;
});
afterEach(async () => {
  await writer.close();
  views.close();
});
afterAll(w.removeTempFolders);

const INSERT = 'INSERT INTO numbers VALUES (?, ?, ?)';
const RENAME = 'UPDATE numbers SET name = ? WHERE number = ?';
const rows = (): unknown => views.database.prepare('SELECT number, name, bytes FROM numbers ORDER BY number').all();
const codeOf = (writing: Promise<void>): Promise<string> =>
  writing.then(
    () => 'written',
    (error: { code?: string }) => error.code ?? 'no code',
  );

describe('writing behind', () => {
  it('writes all rows of all statements in their order, in one transaction each time', async () => {
    const writing = writer.write((to) => {
      for (let i = 0; i < 10_000; i++) to.run(INSERT, [i, `n${i}`, i === 7 ? new Uint8Array([1, 2]) : null]);
      to.run('DELETE FROM numbers WHERE number > ?', [7]);
      to.run(RENAME, ['six', 6]);
      to.run(INSERT, [8, 'again', null]);
    });
    expect(rows()).toEqual([]);
    await writing;
    expect(rows()).toEqual([
      ...Array.from({ length: 6 }, (_, i) => [i, `n${i}`, null]),
      [6, 'six', null],
      [7, 'n7', new Uint8Array([1, 2])],
      [8, 'again', null],
    ]);
    await writer.write((to) => to.run(RENAME, ['eight', 8]));
    expect(rows()).toEqual(expect.arrayContaining([[8, 'eight', null]]));
  });

  it('writes nothing where one row is refused, says why, and goes on with the next transaction', async () => {
    const twice = writer.write((to) => {
      for (let i = 0; i < 5_000; i++) to.run(INSERT, [i % 4_999, null, null]);
    });
    await expect(twice).rejects.toMatchObject({ name: 'ViewsError', code: 'views-unavailable' });
    await expect(twice).rejects.toThrow(/SQLITE_CONSTRAINT_PRIMARYKEY.*views\.db/);
    const moved = writer.write((to) => {
      to.run(INSERT, [1, 'one', null]);
      to.run(RENAME, ['nine', 9], { code: 'checkpoint-moved', message: 'there is no nine' });
    });
    await expect(moved).rejects.toMatchObject({ code: 'checkpoint-moved', message: 'there is no nine' });
    expect(rows()).toEqual([]);
    expect(await codeOf(writer.write((to) => to.run(INSERT, [2, 'two', null])))).toBe('written');
    expect(rows()).toEqual([[2, 'two', null]]);
  });

  it('writes nothing where the one who gives the rows fails half-way', async () => {
    const giving = (): Promise<void> =>
      writer.write((to) => {
        for (let i = 0; i < 5_000; i++) to.run(INSERT, [i, null, null]);
        throw new Error('a row that is none');
      });
    expect(giving).toThrow('a row that is none');
    expect(await codeOf(writer.write((to) => to.run(INSERT, [1, 'one', null])))).toBe('written');
    expect(rows()).toEqual([[1, 'one', null]]);
  });

  it('waits for another connection that writes', async () => {
    views.database.exec('BEGIN IMMEDIATE');
    const writing = codeOf(writer.write((to) => to.run(INSERT, [1, 'one', null])));
    await new Promise((resolve) => setTimeout(resolve, 100));
    views.database.exec('COMMIT');
    expect(await writing).toBe('written');
  });

  it('says so where its thread is gone, then and ever after, and closes all the same', async () => {
    const ends = `const { parentPort } = require('node:worker_threads');
      parentPort.once('message', () => process.exit());
      parentPort.postMessage({ kind: 'ready' });`;
    const other = await WriteBehind.start(views.file, () => new Worker(ends, { eval: true }));
    const writeOne = (): Promise<void> | undefined => other?.write((to) => to.run(INSERT, [1, 'one', null]));
    for (let i = 0; i < 2; i++) {
      await expect(writeOne()).rejects.toMatchObject({ code: 'views-unavailable' });
      await expect(writeOne()).rejects.toThrow(/the thread that writes the read models is gone .* run it again/);
    }
    await other?.close();
    expect(rows()).toEqual([]);
  });

  it('is not there where no thread can be started', async () => {
    const starts: StartThread[] = [
      () => {
        throw new Error('no more threads');
      },
      () => new Worker(new URL('./no-such-program.mjs', import.meta.url)),
      (workerData) =>
        new Worker(program, { ...sources, workerData: { ...workerData, file: '/no/such/folder/views.db' } }),
    ];
    for (const start of starts) expect(await WriteBehind.start(views.file, start)).toBeUndefined();
  });
});

describe('a thread that is gone before it was wanted', () => {
  it('is no trouble: the rows are written without it', async () => {
    const died: Promise<unknown>[] = [];
    const dies: StartThread = () => {
      const says = `require('node:worker_threads').parentPort.postMessage({ kind: 'ready' });`;
      const thread = new Worker(says, { eval: true });
      died.push(new Promise((resolve) => thread.once('exit', resolve)));
      return thread;
    };
    const flushed: unknown[] = [];
    const pipeline = { flush: (more: unknown) => flushed.push(more) } as unknown as Pipeline;
    const rowWriter = new RowWriter(views, pipeline);
    rowWriter.startThread(dies);
    await Promise.all(died);
    await rowWriter.writeBehind();
    const more = (): void => undefined;
    await rowWriter.write(more);
    await rowWriter.close();
    expect(flushed).toEqual([more]);
  });
});

describe('a rebuild that writes behind', () => {
  const behind: Partial<RebuildOptions> = {
    limits: { pageSizeMax: 30, dirtyRowsMax: 10, writesBehind: true },
    startThread,
  };

  const log = async (): Promise<w.World['store']> => {
    const store = w.memoryStore({ nowMs: w.T0 });
    for (let i = 1; i <= 120; i++) {
      const stream = w.names.session(w.sessionId(i));
      await w.append(store, stream, w.opened(w.T0 + i, `m${i % 5}`), w.pin(w.T0 + i, 20, `m${i % 5}`));
      await w.append(store, stream, w.buyer(w.T0 + i + 1));
      // An older one goes on, or is closed; a closed one hears from its buyer once more.
      const older = w.names.session(w.sessionId(1 + ((i * 7) % i)));
      await w.append(store, older, i % 3 === 0 ? w.closedBy(w.T0 + 500 + i) : w.buyer(w.T0 + 500 + i));
    }
    return store;
  };

  it('gives the rows that a fold from zero gives, and leaves no thread behind', async () => {
    const store = await log();
    const outcome = await rebuildIn(views, store, behind);
    expect(outcome).toMatchObject({ kind: 'swapped', position: await store.headPosition() });
    expect(dump(views)).toEqual(await rowsFromZero(store));
    expect(outcome.record.events).toBe(Number(await store.headPosition()));
    expect({ threads: threads.length, ended }).toEqual({ threads: 2, ended: 1 });
  });

  it('has written what it says when it is stopped, and goes on from there', async () => {
    const store = await log();
    const stop = new AbortController();
    let writes = 0;
    const onProgress = (): void => {
      if (++writes === 4) stop.abort();
    };
    const stopped = await rebuildIn(views, store, { ...behind, signal: stop.signal, onProgress });
    expect(stopped.kind).toBe('stopped');
    expect(views.inRole('building').map(({ position }) => position)).toEqual(
      views.inRole('building').map(() => stopped.position),
    );
    expect(await rebuildIn(views, store, behind)).toMatchObject({ kind: 'swapped', isResumed: true });
    expect(dump(views)).toEqual(await rowsFromZero(store));
  });

  it('tells what the thread met, keeps what was written before, and goes on once that is mended', async () => {
    const store = await log();
    let writes = 0;
    const onProgress = (): void => {
      if (++writes !== 3) return;
      views.database.exec("CREATE TRIGGER full BEFORE UPDATE ON generations BEGIN SELECT RAISE(ABORT, 'full'); END");
    };
    await expect(rebuildIn(views, store, { ...behind, onProgress })).rejects.toMatchObject({
      code: 'views-unavailable',
    });
    const [record] = views.database.prepare('SELECT error, events FROM rebuild').all<[string, number]>();
    expect(record?.[0]).toMatch(/full/);
    expect(String(record?.[1])).toBe(views.inRole('building')[0]?.position);
    views.database.exec('DROP TRIGGER full');
    expect(await rebuildIn(views, store, behind)).toMatchObject({ kind: 'swapped', isResumed: true });
    expect(dump(views)).toEqual(await rowsFromZero(store));
  });
});
