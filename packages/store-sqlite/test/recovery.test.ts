import { copyFileSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { seededRandom } from '@lapse/store/contract';
import { everything } from './lib/everything.js';
import { newEvents, TempStores } from './lib/temp-store.js';

const SEED = 7;
const CUTS = 60;

let stores: TempStores;
beforeEach(() => {
  stores = new TempStores();
});
afterEach(() => stores.dispose());

interface Synced {
  readonly ids: readonly string[];
  /** How long the write-ahead log was when the append was acknowledged: all of that had been synced. */
  readonly walBytes: number;
}

/** Appends one after the other and leaves the store open, as a power cut would find it. */
const writeAll = async (): Promise<Synced[]> => {
  const store = await stores.write();
  const synced: Synced[] = [];
  for (let i = 0; i < 40; i += 1) {
    const events = newEvents(1 + (i % 5));
    await store.append(`stream-${i % 7}`, events, 'any');
    synced.push({ ids: events.map(({ id }) => id), walBytes: statSync(`${stores.file}-wal`).size });
  }
  return synced;
};

/** The files as a disk may hold them after a power cut: the write-ahead log up to `walBytes`, then `tail`. */
const copyCutAt = (name: string, walBytes: number, tail: Uint8Array): string => {
  const folder = join(stores.folder, name);
  mkdirSync(folder);
  const file = join(folder, 'events.db');
  copyFileSync(stores.file, file);
  const wal = readFileSync(`${stores.file}-wal`);
  writeFileSync(`${file}-wal`, Buffer.concat([wal.subarray(0, walBytes), tail]));
  return file;
};

describe('after a power cut', () => {
  it(`has exactly the appends that were synced, whole, wherever the write-ahead log is torn (seed ${SEED})`, async () => {
    const random = seededRandom(SEED);
    const synced = await writeAll();
    const whole = synced.at(-1)!.walBytes;
    for (let cut = 0; cut < CUTS; cut += 1) {
      const walBytes = cut < 5 ? synced[cut * 9]!.walBytes : Math.floor(random() * whole);
      const garbage = Uint8Array.from({ length: Math.floor(random() * 9000) }, () => Math.floor(random() * 256));
      const tail = [new Uint8Array(0), new Uint8Array(garbage.length), garbage][cut % 3]!;
      const store = await stores.write({ file: copyCutAt(`cut-${cut}`, walBytes, tail) });
      const expected = synced.filter((append) => append.walBytes <= walBytes).flatMap(({ ids }) => ids);
      const events = await everything(store);
      expect({ walBytes, ids: events.map(({ id }) => id) }).toEqual({ walBytes, ids: expected });
      expect(events.map(({ position }) => position)).toEqual(expected.map((_, i) => String(i + 1)));
      await store.append('after-the-cut', newEvents(2), -1);
      await store.close();
    }
  });

  it('reads the same for a reader who comes before any writer', async () => {
    const synced = await writeAll();
    const file = copyCutAt('reader', synced[20]!.walBytes + 100, new Uint8Array(50));
    const events = await everything(await stores.read(file));
    expect(events.map(({ id }) => id)).toEqual(synced.slice(0, 21).flatMap(({ ids }) => ids));
  });
});

describe('closing', () => {
  it('waits for what is queued: it is written, answered, and there afterwards', async () => {
    const store = await stores.write();
    const appends = Array.from({ length: 5000 }, (_, i) => store.append(`stream-${i % 9}`, newEvents(1), 'any'));
    const closed = store.close();
    const late = store.append('late', newEvents(1), 'any');
    await expect(late).rejects.toMatchObject({ code: 'store-closed' });
    const results = await Promise.all(appends);
    await closed;
    expect(results.every(({ kind }) => kind === 'appended')).toBe(true);
    expect(await (await stores.write()).headPosition()).toBe('5000');
  });
});

describe('after closing', () => {
  it('everything stands in the one file: a copy of it alone is the whole log', async () => {
    const synced = await writeAll();
    const store = await stores.read();
    await store.close();
    await stores.closeAll();
    const copy = join(stores.folder, 'copy.db');
    copyFileSync(stores.file, copy);
    const events = await everything(await stores.write({ file: copy }));
    expect(events.map(({ id }) => id)).toEqual(synced.flatMap(({ ids }) => ids));
  });
});
