import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ChatServices, freePort, judgeFolder, Requests, until } from '@lapse/simulation';
import * as real from './lib/real.js';

const SENDERS = 32;
const ANSWERS = 150;
const ANSWERS_MS_MAX = 30_000;
/** What the server says it takes at most for requests that are under way (10 s) and for closes (5 s), and some for the machine. */
const DRAIN_MS_MAX = 25_000;

beforeAll(real.ensureBuilt);
afterAll(real.cleanUp);

const POST = 'POST /v1/sessions HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n';
const HALF_SAID = ['', POST, `${POST}content-length: 50\r\n\r\n{"merchant`];

/** A connection over which something was begun and never ended. */
const halfSaid = async (url: string, text: string): Promise<Socket> => {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  await new Promise((resolve) => socket.once('connect', resolve));
  socket.write(text);
  return socket;
};

describe('a server that is asked to end (SIGTERM) in the middle of appends and closes', () => {
  it.each(['embedded', 'over the gateway'] as const)(
    `%s: ends with 0 within its bound, and what it had acknowledged is there, whole: LAPSE_SEED=${real.SEED}`,
    async (where) => {
      const tools = real.realTools(real.SEED);
      const fleet = real.newFleet(tools);
      const patience = { troubles: ['shutting-down'], givesUpShare: 1 };
      const services = new ChatServices(new Requests(tools.nowMs, tools.random), tools, patience);
      const port = await freePort();
      const logDir = real.tempFolder();
      const keeper = await fleet.serve({
        dataDir: logDir,
        flags: [...real.FLAGS, '--eventstoredb-port', String(port)],
      });
      const store = ['--store', `esdb://127.0.0.1:${port}?tls=false`];
      const ending =
        where === 'embedded'
          ? keeper
          : await fleet.serve({ dataDir: real.tempFolder(), flags: [...real.FLAGS, ...store] });

      const stop = real.underLoad(services, SENDERS, () => [ending.url]);
      // Who never says the end of what they say is waited for as long as the bound allows: once is enough.
      const sockets = await Promise.all(
        (where === 'embedded' ? HALF_SAID : []).map((text) => halfSaid(ending.url, text)),
      );
      await until(tools, 'answers', ANSWERS_MS_MAX, () => services.answers > ANSWERS);
      const askedMs = tools.nowMs();
      const ended = await ending.process.end('SIGTERM');
      const tookMs = tools.nowMs() - askedMs;
      await stop();
      for (const socket of sockets) socket.destroy();

      expect(ended).toMatchObject({ code: 0, signal: null });
      expect(ended.err.split('\n').filter((line) => /"level":[56]0/.test(line))).toEqual([]);
      expect(tookMs).toBeLessThan(DRAIN_MS_MAX);
      if (where !== 'embedded') expect(await keeper.process.end('SIGTERM')).toMatchObject({ code: 0 });
      const { broken, log } = await judgeFolder(logDir, real.tempFolder(), services, {
        settings: real.SETTINGS,
        tools,
      });
      real.say(
        `SIGTERM ${where}: ended after ${tookMs} ms, ${services.answers} answers (${JSON.stringify(Object.fromEntries(services.outcomes))}), ` +
          `${services.cutOff} without, ${log.length} events`,
      );
      expect(broken).toEqual([]);
    },
    180_000,
  );
});
