import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { openSqlite } from '@lapse/sqlite';
import { isViewsError, openViews } from '../src/index.js';
import { dump } from './lib/dump.js';
import * as w from './lib/world.js';

afterAll(w.removeTempFolders);

const codeOf = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    if (isViewsError(error)) return error.code;
    throw error;
  }
  return 'no error';
};

const newFile = (): string => join(w.tempFolder(), 'views.db');

describe('views.db', () => {
  it('is refused where it was written by a newer Lapse', () => {
    const file = newFile();
    openViews({ file }).close();
    const database = openSqlite(file);
    database.exec('PRAGMA user_version = 999');
    database.close();
    expect(codeOf(() => openViews({ file }))).toBe('views-format-newer');
  });

  it('is emptied and built again where it is of an older format', () => {
    const file = newFile();
    openViews({ file }).close();
    const database = openSqlite(file);
    database.exec("PRAGMA user_version = 0; INSERT INTO generations VALUES ('sessions', 1, 1, 'log', 'start', 'live')");
    database.close();
    const lines: w.World['lines'] = [];
    const views = openViews({ file, log: (line) => lines.push(line) });
    expect(views.generations()).toEqual([]);
    expect(lines.map(({ what }) => what)).toEqual(['views-format-older']);
    views.close();
  });

  it.each([
    ['a folder', 'views-not-a-database', (file: string) => mkdirSync(file)],
    [
      'a text',
      'views-not-a-database',
      (file: string) => writeFileSync(file, 'not a database, but long enough to look at'.repeat(50)),
    ],
    [
      "another program's database",
      'views-not-a-database',
      (file: string) => {
        const database = openSqlite(file);
        database.exec('CREATE TABLE t (a)');
        database.close();
      },
    ],
  ] as const)('that is %s is refused as %s', (_what, code, make) => {
    const file = newFile();
    make(file);
    expect(codeOf(() => openViews({ file }))).toBe(code);
  });

  it('that is damaged is refused as such', () => {
    const file = newFile();
    openViews({ file }).close();
    const bytes = readFileSync(file);
    bytes.fill(0xff, 100, bytes.length);
    writeFileSync(file, bytes);
    expect(codeOf(() => openViews({ file }).generations())).toBe('views-corrupt');
  });

  it('that is missing is created, but not by somebody who only reads', () => {
    const file = newFile();
    expect(codeOf(() => openViews({ file, readOnly: true }))).toBe('views-unavailable');
    openViews({ file }).close();
    expect(codeOf(() => openViews({ file, readOnly: true }).close())).toBe('no error');
    expect(codeOf(() => openViews({ file: join(file, 'x', 'views.db') }))).toBe('views-unavailable');
  });

  it('cannot be written by a reader', () => {
    const file = newFile();
    openViews({ file }).close();
    const views = openViews({ file, readOnly: true });
    expect(codeOf(() => views.transaction(() => views.add('x', 1, 'log', 'live')))).toBe('views-read-only');
    views.close();
  });

  it('may be deleted at any time: the rows come again from the log', async () => {
    const store = w.memoryStore({ nowMs: w.T0 });
    for (let i = 1; i <= 5; i++) {
      await w.append(store, w.names.session(w.sessionId(i)), w.opened(w.T0), w.pin(w.T0), w.buyer(w.T0 + i));
    }
    const first = await w.openWorld({ store });
    await w.caughtUp(first);
    await first.projections.stop();
    const second = await w.openWorld({ store });
    await w.caughtUp(second);
    await second.projections.stop();
    expect(dump(second.views)).toEqual(dump(first.views));
    expect(dump(first.views)['sessions']).toHaveLength(5);
    first.views.close();
    second.views.close();
  });
});

describe('the checkpoint', () => {
  const filled = async (): Promise<{ file: string; store: w.World['store'] }> => {
    const file = newFile();
    const world = await w.openWorld({ file });
    await w.append(world.store, w.names.session(w.sessionId(1)), w.opened(w.T0), w.pin(w.T0));
    await w.caughtUp(world);
    await w.closeWorld(world);
    return { file, store: world.store };
  };

  it('is where the next start goes on', async () => {
    const { file, store } = await filled();
    const world = await w.openWorld({ file, store });
    await w.append(store, w.names.session(w.sessionId(1)), w.buyer(w.T0 + 1));
    await w.caughtUp(world);
    expect(world.projections.counts.events).toBe(1);
    expect(world.projections.session(w.sessionId(1))?.state.buyerMessages).toBe(1);
    await w.closeWorld(world);
  });

  it('of another log starts over, and says so', async () => {
    const { file } = await filled();
    const other = w.memoryStore({ nowMs: w.T0 }, 'log-2');
    await w.append(other, w.names.session(w.sessionId(2)), w.opened(w.T0), w.pin(w.T0));
    const world = await w.openWorld({ file, store: other });
    await w.caughtUp(world);
    expect(world.projections.session(w.sessionId(1))).toBeUndefined();
    expect(world.projections.session(w.sessionId(2))).toBeDefined();
    expect(world.lines).toContainEqual(expect.objectContaining({ what: 'views-start-over' }));
    await w.closeWorld(world);
  });

  it('beyond the end of the log starts over: the log was put back to an older copy', async () => {
    const { file } = await filled();
    const older = w.memoryStore({ nowMs: w.T0 });
    const world = await w.openWorld({ file, store: older });
    expect(world.projections.position).toBe('start');
    expect(world.projections.session(w.sessionId(1))).toBeUndefined();
    await w.closeWorld(world);
  });

  it('of another version of a projector starts over', async () => {
    const { file, store } = await filled();
    const views = openViews({ file });
    views.transaction(() => views.database.exec("UPDATE generations SET version = 0 WHERE name = 'merchants'"));
    const world = await w.openWorld({ views, store });
    await w.caughtUp(world);
    expect(world.projections.merchants.byId('m1')).toMatchObject({ opened: 1 });
    await w.closeWorld(world);
  });

  it('that somebody else has moved stops the projection before it writes a row', async () => {
    const { file, store } = await filled();
    const copy = newFile();
    copyFileSync(file, copy);
    const world = await w.openWorld({ file, store });
    await w.caughtUp(world);
    const intruder = openSqlite(file);
    intruder.exec("UPDATE generations SET position = '1' WHERE name = 'merchants'");
    intruder.close();
    await w.append(store, w.names.session(w.sessionId(1)), w.buyer(w.T0 + 1));
    await w.caughtUp(world);
    world.clock.advance(1_000);
    expect(world.projections.status()[0]).toMatchObject({ state: 'parked' });
    expect(world.projections.status()[0]?.lastError).toContain('another process writes to the same file');
    await world.projections.stop();
    expect(dump(world.views)['sessions']).toEqual(dump(openViews({ file: copy }))['sessions']);
    world.views.close();
  });
});
