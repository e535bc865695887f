import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { ChatServices, DENSE_MIX, judgeFolder, Requests, settled, sleep, until, type Served } from '@lapse/simulation';
import { bytesOf, fillDisk, limitFileBytes, mountSmallDisk, unmount } from './lib/limits.js';
import * as real from './lib/real.js';

const SENDERS = 8;
const ANSWERS = 200;
const FULL_MS_MAX = 60_000;
const TROUBLED_ANSWERS = 60;
/** What a server may say that cannot write: that nothing was written, or that it does not know. */
const TROUBLES = ['disk-full', 'store-unavailable', 'append-ambiguous', 'store-busy', 'views-broken', 'contention'];
const SMALL_MIB = 24;

const mounted: string[] = [];
beforeAll(real.ensureBuilt);
afterEach(() => mounted.splice(0).forEach(unmount));
afterAll(real.cleanUp);

/** One disk of this kind: how it becomes full under a server, and how room is made again while the server runs. */
interface Disk {
  readonly dataDir: string;
  readonly fill: (served: Served) => void;
  readonly makeRoom: (served: Served) => void;
}

/** No file of the server may grow any more: a write is refused in the middle, as on a full disk. */
const limited = (): Disk => {
  const dataDir = real.tempFolder();
  const longest = (): number =>
    Math.max(...['events.db', 'events.db-wal', 'views.db', 'views.db-wal'].map((name) => bytesOf(join(dataDir, name))));
  return {
    dataDir,
    fill: ({ process }) => expect(limitFileBytes(process.pid, longest())).toBe(true),
    makeRoom: ({ process }) => expect(limitFileBytes(process.pid, 'unlimited')).toBe(true),
  };
};

/** A disk of its own that another program fills to the last byte, and cleans again. */
const small = (): Disk => {
  const dataDir = real.tempFolder();
  if (!mountSmallDisk(dataDir, SMALL_MIB)) throw new Error('a disk of its own needs the right to mount one');
  mounted.push(dataDir);
  const ballast = join(dataDir, 'ballast');
  return { dataDir, fill: () => fillDisk(ballast, SMALL_MIB), makeRoom: () => rmSync(ballast) };
};

const survives = async (disk: Disk, name: string): Promise<void> => {
  const tools = real.realTools(real.SEED);
  const { dataDir } = disk;
  const fleet = real.newFleet(tools);
  const served = await fleet.serve({ dataDir, flags: real.FLAGS });
  const { url, process } = served;
  const services = new ChatServices(new Requests(tools.nowMs, tools.random), tools, {
    troubles: TROUBLES,
    givesUpShare: 0.3,
  });
  const troubled = (): number => TROUBLES.reduce((sum, code) => sum + (services.outcomes.get(code) ?? 0), 0);
  const stop = real.underLoad(services, SENDERS, () => [url]);
  await until(tools, 'answers', FULL_MS_MAX, () => services.answers > ANSWERS);
  disk.fill(served);
  await until(tools, 'the disk is full', FULL_MS_MAX, () => troubled() > TROUBLED_ANSWERS || process.hasEnded);
  // Reads and health still answer, and it stays.
  expect((await fetch(`${url}/livez`)).status).toBe(200);
  await sleep(tools, 1_000);
  expect(process.hasEnded).toBe(false);
  disk.makeRoom(served);
  const written = services.outcomes.get('written') ?? 0;
  await until(tools, 'it writes again', FULL_MS_MAX, () => (services.outcomes.get('written') ?? 0) > written + 50);
  await stop();
  await services.finish([url]);
  const settledMs = await settled(url, DENSE_MIX.dueWithinMs, tools);
  expect(await process.end('SIGTERM')).toMatchObject({ code: 0 });
  const judged = await judgeFolder(dataDir, real.tempFolder(), services, { settings: real.SETTINGS, settledMs, tools });
  real.say(
    `full disk (${name}): ${judged.log.length} events, ${troubled()} answers in trouble, ${JSON.stringify(Object.fromEntries(services.outcomes))}`,
  );
  expect(judged.broken).toEqual([]);
};

it(
  `a server whose disk is full answers so, loses nothing acknowledged, keeps nothing refused, and goes on when there is room: LAPSE_SEED=${real.SEED}`,
  () => survives(limited(), 'files that may not grow'),
  240_000,
);

// Only who may mount can have such a disk: `npm run test:long` asks for it.
if (process.env['LAPSE_SMALL_DISK'] === '1')
  it(
    `a server on a disk of ${SMALL_MIB} MiB that another program fills does, too`,
    () => survives(small(), `${SMALL_MIB} MiB`),
    240_000,
  );
