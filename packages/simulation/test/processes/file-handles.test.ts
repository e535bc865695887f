import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { ChatServices, DENSE_MIX, judgeFolder, Requests, settled, sleep, until } from '@lapse/simulation';
import * as real from './lib/real.js';

const OPEN_FILES_MAX = 64;
const CONNECTIONS = 200;
const SESSIONS_DUE = 40;
const CLOSED_MS_MAX = 30_000;
const SENDERS = 4;
const ANSWERS = 200;

beforeAll(real.ensureBuilt);
afterAll(real.cleanUp);

const crowd = (url: string): Promise<Socket[]> => {
  const { hostname, port } = new URL(url);
  const one = (): Promise<Socket> =>
    new Promise((resolve) => {
      const socket = connect(Number(port), hostname);
      socket.on('error', () => resolve(socket));
      socket.once('connect', () => resolve(socket));
    });
  return Promise.all(Array.from({ length: CONNECTIONS }, one));
};

it(`a server that is out of file handles goes on closing on time, refuses who is too many, and serves again when they leave: LAPSE_SEED=${real.SEED}`, async () => {
  const tools = real.realTools(real.SEED);
  const dataDir = real.tempFolder();
  const { url, process } = await real
    .newFleet(tools)
    .serve({ dataDir, flags: real.FLAGS, softLimits: { openFiles: OPEN_FILES_MAX } });
  const services = new ChatServices(new Requests(tools.nowMs, tools.random), tools);
  // Due while the server can open nothing any more.
  const dueMs = tools.nowMs() + 2_500;
  for (let i = 0; i < SESSIONS_DUE; i++) await services.send(url, services.requests.openDueAt(dueMs));
  expect(services.ledger.acknowledged).toHaveLength(SESSIONS_DUE);

  const sockets = await crowd(url);
  await until(tools, 'all that is due was due', CLOSED_MS_MAX, () => tools.nowMs() > dueMs + 1_000);
  // A crowd that asks, too: each gets an answer or a closed connection.
  for (const socket of sockets) if (socket.writable) socket.write('GET /livez HTTP/1.1\r\nhost: x\r\n\r\n');
  await sleep(tools, 500);
  expect(process.hasEnded).toBe(false);
  for (const socket of sockets) socket.destroy();

  const stop = real.underLoad(services, SENDERS, () => [url]);
  await until(tools, 'it serves again', CLOSED_MS_MAX, () => services.answers > SESSIONS_DUE + ANSWERS);
  await stop();
  await services.finish([url]);
  const settledMs = await settled(url, DENSE_MIX.dueWithinMs, tools);
  expect(await process.end('SIGTERM')).toMatchObject({ code: 0 });
  const judged = await judgeFolder(dataDir, real.tempFolder(), services, {
    settings: real.SETTINGS,
    settledMs,
    tools,
  });
  expect(judged.broken).toEqual([]);
  const atOnce = judged.log.filter(({ type, data }) => type === 'closed' && noticedWithin(data, dueMs));
  real.say(
    `out of file handles: ${atOnce.length} closes due meanwhile, latest ${real.percentile(judged.latenessMs, 1)} ms after its time`,
  );
  expect(atOnce).toHaveLength(SESSIONS_DUE);
}, 180_000);

const noticedWithin = (data: Uint8Array, dueMs: number): boolean =>
  (JSON.parse(Buffer.from(data).toString()) as { occurredAt: string }).occurredAt === new Date(dueMs).toISOString();
