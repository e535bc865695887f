import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import {
  ChatServices,
  DENSE_MIX,
  judgeFolder,
  Requests,
  settled,
  sleep,
  until,
  type LapseProcess,
  type SoftLimits,
} from '@lapse/simulation';
import { fillDisk, liftFileLimit, mountSmallDisk, unmount } from './lib/limits.js';
import * as real from './lib/real.js';

const SENDERS = 8;
const ANSWERS = 100;
const FULL_MS_MAX = 60_000;
const TROUBLED_ANSWERS = 60;
/** What a server may say that cannot write: that nothing was written, or that it does not know. */
const TROUBLES = ['disk-full', 'store-unavailable', 'append-ambiguous', 'store-busy', 'views-broken', 'contention'];
const SMALL_MIB = 24;
const FILE_KIB_MAX = 1_536;

const mounted: string[] = [];
beforeAll(real.ensureBuilt);
afterEach(() => mounted.splice(0).forEach(unmount));
afterAll(real.cleanUp);

/** A disk that becomes full under a server, and has room again. */
interface Disk {
  readonly dataDir: string;
  readonly softLimits?: SoftLimits;
  readonly fill: () => void;
  /** False: this server cannot be told while it runs, the next one will have room. */
  readonly makeRoom: (process: LapseProcess) => boolean;
}

/** No file may grow beyond a size that is soon reached: a write is refused in the middle, as by a disk or a quota. */
const limited = (): Disk => ({
  dataDir: real.tempFolder(),
  softLimits: { fileKib: FILE_KIB_MAX },
  fill: () => undefined,
  makeRoom: ({ pid }) => liftFileLimit(pid),
});

/** A disk of its own that another program fills to the last byte, and cleans again. */
const small = (): Disk => {
  const dataDir = real.tempFolder();
  if (!mountSmallDisk(dataDir, SMALL_MIB)) throw new Error('a disk of its own needs the right to mount one');
  mounted.push(dataDir);
  const ballast = join(dataDir, 'ballast');
  const makeRoom = (): boolean => {
    rmSync(ballast);
    return true;
  };
  return { dataDir, fill: () => fillDisk(ballast, SMALL_MIB), makeRoom };
};

const survives = async (disk: Disk, name: string): Promise<void> => {
  const tools = real.realTools(real.SEED);
  const { dataDir, softLimits } = disk;
  const fleet = real.newFleet(tools);
  let { url, process } = await fleet.serve({ dataDir, flags: real.FLAGS, ...(softLimits && { softLimits }) });
  const services = new ChatServices(new Requests(tools.nowMs, tools.random), tools, {
    troubles: TROUBLES,
    givesUpShare: 0.3,
  });
  const troubled = (): number => TROUBLES.reduce((sum, code) => sum + (services.outcomes.get(code) ?? 0), 0);
  const stop = real.underLoad(services, SENDERS, () => [url]);
  await until(tools, 'answers', FULL_MS_MAX, () => services.answers > ANSWERS);
  disk.fill();
  await until(tools, 'the disk is full', FULL_MS_MAX, () => troubled() > TROUBLED_ANSWERS || process.hasEnded);
  // Reads and health still answer, and it stays.
  expect((await fetch(`${url}/livez`)).status).toBe(200);
  await sleep(tools, 1_000);
  expect(process.hasEnded).toBe(false);
  if (!disk.makeRoom(process)) {
    await process.end('SIGKILL');
    ({ url, process } = await fleet.serve({ dataDir, flags: real.FLAGS }));
  }
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
  () => survives(limited(), `files of ${FILE_KIB_MAX} KiB`),
  240_000,
);

// Only who may mount can have such a disk: `npm run test:long` asks for it.
if (process.env['LAPSE_SMALL_DISK'] === '1')
  it(
    `a server on a disk of ${SMALL_MIB} MiB that another program fills does, too`,
    () => survives(small(), `${SMALL_MIB} MiB`),
    240_000,
  );
