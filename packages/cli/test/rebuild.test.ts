import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { openSqlite } from '@lapse/sqlite';
import { cleanUp, engineOn, lapse, sessionId, talk } from './copy-world.js';
import * as w from './lib/process.js';

// Processes of their own, on machines that have other things to do.
jest.setTimeout(300_000);

beforeAll(w.ensureBuilt);
afterAll(async () => {
  await cleanUp();
  await w.cleanUp();
});

interface Line {
  readonly kind: string;
  readonly [field: string]: unknown;
}

const lines = (out: string): readonly Line[] =>
  out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);

/** A folder with some sessions, kept once by an engine. */
const folder = async (): Promise<string> => {
  const dataDir = w.tempFolder();
  const engine = await engineOn(dataDir);
  await talk(engine, 20);
  await engine.caughtUp(60_000);
  await engine.close();
  return dataDir;
};

const rebuildIn = (dataDir: string, ...args: string[]): ReturnType<typeof lapse> =>
  lapse(['rebuild', ...args, '--data-dir', dataDir]);

const spoil = (dataDir: string, sql: string): void => {
  const database = openSqlite(join(dataDir, 'views.db'));
  database.exec(sql);
  database.close();
};

describe('lapse rebuild', () => {
  it('builds beside a running server, which takes the rows over and goes on serving', async () => {
    const dataDir = await folder();
    const { url } = await w.serve(dataDir);
    const { code, out, err } = await w.lapse(['rebuild', '--all', '--json', '--data-dir', dataDir]);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(lines(out).at(-1)).toMatchObject({ kind: 'done', outcome: 'taken-over', parked: 0 });
    expect(lines(out)[0]).toMatchObject({ kind: 'progress', percent: 100 });
    const shown = (await (await fetch(`${url}/v1/projections`)).json()) as { projections: { rebuild: unknown }[] };
    expect(shown.projections.every(({ rebuild }) => rebuild === null)).toBe(true);
    expect(await w.post(`${url}/v1/sessions`, { merchantId: 'm1', openedBy: 'buyer' })).toMatchObject({ status: 201 });
  });

  it('finds rows that are not what the log says, ends with 1, and puts them right', async () => {
    const dataDir = await folder();
    expect(await rebuildIn(dataDir, '--verify')).toMatchObject({
      code: 0,
      out: expect.stringMatching(/sessions +20 rows, all as the log says/),
    });
    spoil(dataDir, 'UPDATE sessions_g1 SET buyer_messages = 41 WHERE key = 3');
    const found = await rebuildIn(dataDir, '--verify', '--json');
    expect(found.code).toBe(1);
    expect(lines(found.out)[1]).toMatchObject({ kind: 'difference', field: 'buyer_messages', live: 41 });
    expect(JSON.parse(found.err)).toMatchObject({ error: { code: 'rows-differ' } });
    const put = await rebuildIn(dataDir, 'sessions', 'merchants');
    expect(put).toMatchObject({ code: 0, out: expect.stringContaining('sessions@2, merchants@2: live at position') });
    expect((await rebuildIn(dataDir, '--verify')).code).toBe(0);
    expect(await rebuildIn(dataDir, '--drop-old')).toMatchObject({
      out: expect.stringContaining('dropped merchants@1, sessions@1'),
    });
    expect(readdirSync(dataDir).filter((name) => name.startsWith('verify-'))).toEqual([]);
  });

  it('folds one session again, with a server and without one', async () => {
    const dataDir = await folder();
    spoil(dataDir, `UPDATE sessions_g1 SET agent_messages = 9, queue_id = 'q' WHERE id = '${sessionId(3)}'`);
    const put = await rebuildIn(dataDir, '--stream', sessionId(3));
    expect(put).toMatchObject({ code: 0, out: expect.stringContaining('put right: queue_id, agent_messages') });
    await w.serve(dataDir);
    const again = await rebuildIn(dataDir, '--stream', sessionId(3), '--json');
    expect(JSON.parse(again.out)).toEqual({ sessionId: sessionId(3), revision: 2, changed: [] });
    expect((await rebuildIn(dataDir, '--stream', sessionId(999))).err).toContain('no-such-session');
  });

  it('tells what it would do, and does nothing', async () => {
    const dataDir = await folder();
    const { code, out } = await rebuildIn(dataDir, '--all', '--dry-run');
    expect(code).toBe(0);
    expect(out).toMatch(
      /would build sessions, .*\nbegins at the start of the log, reads up to position \d+\nabout \d+ s at/,
    );
    const database = openSqlite(join(dataDir, 'views.db'), { readOnly: true });
    expect(database.prepare('SELECT DISTINCT role FROM generations').all()).toEqual([['live']]);
    database.close();
  });

  it('builds a view of the past into a file of its own', async () => {
    const dataDir = await folder();
    const file = join(dataDir, 'past.db');
    const { code, out } = await rebuildIn(dataDir, '--until', '10', '--out', file, '--json');
    expect({ code, done: lines(out).at(-1) }).toMatchObject({
      code: 0,
      done: { kind: 'done', position: '10', events: 10 },
    });
    expect(existsSync(file)).toBe(true);
    expect((await rebuildIn(dataDir, '--until', '12', '--out', join(dataDir, 'views.db'))).err).toContain(
      'file-exists',
    );
  });

  it.each([
    [['nonsense'], 1, 'no-such-projection'],
    [[], 2, 'name a read model, or say --all'],
    [['merchants', '--all'], 2, 'not both'],
    [['--until', '999999', '--out', 'x.db'], 1, 'beyond-head'],
    [['--until', '1999-01-01T00:00:00Z', '--out', 'x.db'], 1, 'before-first-event'],
    [['--until', 'yesterday', '--out', 'x.db'], 2, 'neither a position nor an instant'],
    [['--until', '3'], 2, '--out'],
    [['--verify', '--dry-run'], 2, 'one at a time'],
    [['--verify', '--park'], 2, 'change nothing'],
  ])('with %p ends with %d and says %s', async (args, code, says) => {
    const dataDir = await folder();
    const answer = await rebuildIn(dataDir, ...args);
    expect({ code: answer.code, out: answer.out }).toEqual({ code, out: '' });
    expect(answer.err).toContain(says);
  });

  it('says what is wrong with a views.db that is a folder, that is none, or that is in use', async () => {
    const dataDir = await folder();
    const busy = openSqlite(join(dataDir, 'views.db.rebuild.lock'));
    busy.exec('BEGIN EXCLUSIVE');
    expect((await rebuildIn(dataDir, '--all')).err).toContain('rebuild-busy');
    busy.close();
    const other = w.tempFolder();
    expect((await rebuildIn(other, '--all')).err).toContain('no-data-folder');
    const engine = await engineOn(other);
    await talk(engine, 1);
    await engine.close();
    for (const name of readdirSync(other)) if (name.startsWith('views.db')) rmSync(join(other, name));
    writeFileSync(join(other, 'views.db'), 'this was never a database'.repeat(100));
    expect((await rebuildIn(other, '--all')).err).toContain('views-not-a-database');
    rmSync(join(other, 'views.db'));
    mkdirSync(join(other, 'views.db'));
    expect((await rebuildIn(other, '--all')).err).toContain('is a folder');
  });
});
