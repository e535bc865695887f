import { afterEach, describe, expect, it } from '@jest/globals';
import { SqliteError } from '@lapse/sqlite';
import { TempLog } from './lib/temp-log.js';
import type { TempStores } from './lib/temp-store.js';

const opened: { log: TempLog; stores: TempStores }[] = [];
const newLog = async (...limits: Parameters<typeof TempLog.create>): Promise<TempLog> => {
  const made = await TempLog.create(...limits);
  opened.push(made);
  return made.log;
};
afterEach(async () => {
  for (const { log, stores } of opened.splice(0)) {
    log.database.close();
    await stores.dispose();
  }
});

describe('appends of the same moment', () => {
  it('share one commit, in the order in which they were called', async () => {
    const log = await newLog();
    await Promise.all(['a', 'b', 'a', 'c'].map((stream) => log.append(stream)));
    expect(log.groupSizes).toEqual([4]);
    expect(log.written()).toEqual(['a@0', 'b@0', 'a@1', 'c@0']);
  });

  it('are answered each by itself: a wrong revision of one does not touch the others', async () => {
    const log = await newLog();
    const results = await Promise.all([log.append('a', -1, 2), log.append('b', 7), log.append('c', -1)]);
    expect(results).toMatchObject([
      { kind: 'appended', lastRevision: 1, position: '2' },
      { kind: 'wrong-revision', actualRevision: -1 },
      { kind: 'appended', lastRevision: 0, position: '3' },
    ]);
    expect(log.groupSizes).toEqual([3]);
  });

  it('see each other where they go to the same stream', async () => {
    const log = await newLog();
    const results = await Promise.all([
      log.append('a', -1),
      log.append('a', 0, 2),
      log.append('a', 0),
      log.append('a', 2),
    ]);
    expect(results).toMatchObject([
      { kind: 'appended', lastRevision: 0 },
      { kind: 'appended', lastRevision: 2 },
      { kind: 'wrong-revision', actualRevision: 2 },
      { kind: 'appended', lastRevision: 3 },
    ]);
    expect(log.groupSizes).toEqual([4]);
  });

  it('include those of a caller whom the commit before has just answered', async () => {
    const log = await newLog();
    const twice = async (stream: string): Promise<void> => {
      await log.append(stream);
      await log.append(stream);
    };
    await Promise.all(['a', 'b', 'c'].map(twice));
    expect(log.groupSizes).toEqual([3, 3]);
  });
});

describe('a group is bounded', () => {
  it('by its events: the rest goes with the next one', async () => {
    const log = await newLog({ groupEventsMax: 5 });
    await Promise.all([2, 2, 2, 5, 1].map((count) => log.append('a', 'any', count)));
    expect(log.groupSizes).toEqual([2, 1, 1, 1]);
    expect(log.written()).toHaveLength(12);
  });

  it('by its bytes', async () => {
    const log = await newLog({ groupBytesMax: 250 });
    await Promise.all([100, 100, 100, 100].map((bytes) => log.append('a', 'any', 1, bytes)));
    expect(log.groupSizes).toEqual([2, 2]);
  });

  it('but never cuts an append in two: one that is larger than a group goes alone', async () => {
    const log = await newLog({ groupEventsMax: 5, groupBytesMax: 250 });
    await Promise.all([log.append('a', 'any', 12, 9000), log.append('b', 'any', 1)]);
    expect(log.groupSizes).toEqual([1, 1]);
    expect(log.written()).toHaveLength(13);
  });

  it('and so is what waits: beyond the bound an append answers store-busy, and is taken a moment later', async () => {
    const log = await newLog({ waitingAppendsMax: 2 });
    const [first, second, third] = [log.append('a'), log.append('b'), log.append('c')];
    await expect(third).rejects.toMatchObject({ code: 'store-busy' });
    await Promise.all([first, second]);
    await log.append('c');
    expect(log.written()).toEqual(['a@0', 'b@0', 'c@0']);
  });

  it('also by the bytes that wait', async () => {
    const log = await newLog({ waitingBytesMax: 1000 });
    const first = log.append('a', 'any', 1, 900);
    await expect(log.append('b', 'any', 1, 200)).rejects.toMatchObject({ code: 'store-busy' });
    await log.append('c', 'any', 1, 100);
    await first;
    await log.append('b', 'any', 1, 1000);
    expect(log.written()).toEqual(['a@0', 'c@0', 'b@0']);
  });
});

describe('when the disk is full', () => {
  it('all of the group fail with disk-full, nothing half-written, and later appends work once there is space', async () => {
    const log = await newLog({ groupEventsMax: 10_000 });
    await log.append('a', -1);
    log.database.exec('PRAGMA max_page_count = 20');
    const settled = await Promise.allSettled([log.append('a', 0, 2), log.append('new', -1, 800), log.append('a', 2)]);
    expect(settled).toMatchObject(Array(3).fill({ status: 'rejected', reason: { code: 'disk-full' } }));
    expect(log.written()).toEqual(['a@0']);

    await expect(log.append('a', 0)).resolves.toMatchObject({ kind: 'appended', lastRevision: 1, position: '2' });
    log.database.exec('PRAGMA max_page_count = 100000');
    await expect(log.append('new', -1, 800)).resolves.toMatchObject({ kind: 'appended', lastRevision: 799 });
    expect(log.written()).toHaveLength(802);
  });
});

describe('when a commit fails', () => {
  it('all of its group get append-ambiguous, and the log knows afterwards where it really stands', async () => {
    const log = await newLog();
    await log.append('a', -1);
    log.failAtCommit(new SqliteError('SQLITE_IOERR_FSYNC', 'the disk does not answer'));
    const settled = await Promise.allSettled([log.append('a', 0), log.append('b', -1), log.append('a', 9)]);
    expect(settled).toMatchObject(Array(3).fill({ status: 'rejected', reason: { code: 'append-ambiguous' } }));
    expect(log.written()).toEqual(['a@0']);
    await expect(log.append('a', 0)).resolves.toMatchObject({ lastRevision: 1, position: '2' });
    await expect(log.append('b', -1)).resolves.toMatchObject({ lastRevision: 0, position: '3' });
    expect(log.written()).toEqual(['a@0', 'a@1', 'b@0']);
  });

  it('because there is no space left, nothing is ambiguous: disk-full', async () => {
    const log = await newLog();
    log.failAtCommit(new SqliteError('SQLITE_FULL', 'database or disk is full'));
    await expect(log.append('a', -1)).rejects.toMatchObject({ code: 'disk-full' });
    await expect(log.append('a', -1)).resolves.toMatchObject({ lastRevision: 0, position: '1' });
  });
});

describe('when one append cannot be applied', () => {
  it('it fails alone: a damaged page under its stream is no reason to refuse the others', async () => {
    const log = await newLog();
    log.failAtApply(new SqliteError('SQLITE_CORRUPT', 'database disk image is malformed'), 'damaged');
    const settled = await Promise.allSettled([
      log.append('new-type', -1, 2),
      log.append('damaged'),
      log.append('b', -1),
    ]);
    expect(settled).toMatchObject([
      { status: 'fulfilled', value: { lastRevision: 1, position: '2' } },
      { status: 'rejected', reason: { code: 'store-corrupt' } },
      { status: 'fulfilled', value: { lastRevision: 0, position: '3' } },
    ]);
    const types = log.database.prepare('SELECT name FROM events JOIN types ON types.key = events.type');
    expect(types.all()).toEqual([['happened'], ['happened'], ['happened']]);
  });

  it('and where another program has written into the file the log looks again', async () => {
    const log = await newLog();
    await log.append('a', -1);
    log.database.exec(
      "INSERT INTO events VALUES (2, 1, 1, 0, 0, 0, 0, 0, 1, 0, '0190a000-0000-4000-8000-000000000001', x'', x'')",
    );
    await expect(log.append('a', 0)).rejects.toMatchObject({ code: 'store-unavailable' });
    await expect(log.append('a', 0)).resolves.toEqual({ kind: 'wrong-revision', actualRevision: 1 });
    await expect(log.append('a', 1)).resolves.toMatchObject({ lastRevision: 2, position: '3' });
  });
});
