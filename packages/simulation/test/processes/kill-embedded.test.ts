import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ChatServices, DENSE_MIX, judgeFolder, Requests, settled, sleep, until } from '@lapse/simulation';
import * as real from './lib/real.js';

const KILLS = real.KILLS ?? 6;
const MS_PER_KILL = 15_000;
const SENDERS = 16;
const ANSWERS_BETWEEN_KILLS_MAX = 400;
const ANSWERS_MS_MAX = 30_000;
/** So often a server is killed before it answers at all, within so long of its start. */
const EARLY_SHARE = 0.2;
const EARLY_MS_MAX = 900;
const VIEWS_LOST_SHARE = 0.05;

beforeAll(real.ensureBuilt);
afterAll(real.cleanUp);

describe('a server on the embedded store that is killed (kill -9) in the middle of appends and closes', () => {
  it(
    `loses nothing acknowledged, doubles nothing, and closes every session once at its instant: ${KILLS} kills, LAPSE_SEED=${real.SEED}`,
    async () => {
      const tools = real.realTools(real.SEED);
      const { random } = tools;
      const fleet = real.newFleet(tools);
      const dataDir = real.tempFolder();
      const services = new ChatServices(new Requests(tools.nowMs, random), tools);
      let early = 0;
      for (let kill = 0; kill < KILLS; kill++) {
        const process = fleet.startServing({ dataDir, flags: real.FLAGS });
        if (random() < EARLY_SHARE) {
          await sleep(tools, random() * EARLY_MS_MAX);
          early += 1;
        } else {
          const { url } = await fleet.answering(process);
          const enough = services.answers + random() * ANSWERS_BETWEEN_KILLS_MAX;
          const stop = real.underLoad(services, SENDERS, () => [url]);
          await until(tools, 'answers', ANSWERS_MS_MAX, () => services.answers > enough);
          await process.end('SIGKILL');
          await stop();
        }
        await process.end('SIGKILL');
        if (random() < VIEWS_LOST_SHARE) rmSync(join(dataDir, 'views.db'), { force: true });
      }
      const last = await fleet.serve({ dataDir, flags: real.FLAGS });
      await services.finish([last.url]);
      const settledMs = await settled(last.url, DENSE_MIX.dueWithinMs, tools);
      expect(await last.process.end('SIGTERM')).toMatchObject({ code: 0 });
      const { broken, log, latenessMs } = await judgeFolder(dataDir, real.tempFolder(), services, {
        settings: real.SETTINGS,
        settledMs,
        tools,
      });
      real.say(
        `${KILLS} kills (${early} before it was up), seed ${real.SEED}: ${log.length} events, ${services.ledger.acknowledged.length} acknowledged, ` +
          `${services.cutOff} cut off, ${latenessMs.length} timeouts, ${JSON.stringify(Object.fromEntries(services.outcomes))}`,
      );
      expect(broken.slice(0, 10)).toEqual([]);
      // It was worth it: there were closes by the clock, and requests whose answer a kill had swallowed.
      expect(latenessMs.length).toBeGreaterThan(KILLS);
      expect(services.cutOff).toBeGreaterThan(KILLS);
    },
    60_000 + KILLS * MS_PER_KILL,
  );
});
