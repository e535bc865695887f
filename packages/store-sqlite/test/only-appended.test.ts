import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openSqlite } from '@lapse/sqlite';
import { everything } from './lib/everything.js';
import { newEvents, TempStores } from './lib/temp-store.js';

let stores: TempStores;
beforeEach(() => {
  stores = new TempStores();
});
afterEach(() => stores.dispose());

describe('a log is only ever appended to', () => {
  it('also by whoever opens its file by hand: no row changes, none goes', async () => {
    const store = await stores.write();
    await store.append('a', newEvents(3), -1);
    const before = await everything(store);
    const byHand = openSqlite(stores.file, { busyTimeoutMs: 1000 });
    const attempts = ['events', 'streams', 'types', 'meta'].flatMap((table) => {
      const column = table === 'events' ? 'data' : table === 'meta' ? 'value' : 'name';
      return [`UPDATE ${table} SET ${column} = ${column}`, `DELETE FROM ${table}`];
    });
    for (const sql of attempts) expect(() => byHand.exec(sql)).toThrow(/only ever added to/);
    byHand.close();
    expect(await everything(store)).toEqual(before);
  });

  it('and its positions have no gaps, whatever was refused in between', async () => {
    const store = await stores.write();
    for (let i = 0; i < 50; i += 1) {
      await Promise.allSettled([
        store.append('a', newEvents(1 + (i % 3)), 'any'),
        store.append('a', newEvents(1), 9999),
        store.append('b', [{ ...newEvents(1)[0]!, id: 'none' }], 'any'),
        store.append(`new-${i}`, newEvents(1), i % 2 === 0 ? -1 : 5),
      ]);
    }
    const positions = (await everything(store)).map(({ position }) => Number(position));
    expect(positions).toEqual(positions.map((_, i) => i + 1));
    expect(positions.length).toBeGreaterThan(100);
  });
});
