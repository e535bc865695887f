import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  ChatServices,
  DENSE_MIX,
  freePort,
  judgeFolder,
  judgeOverGateway,
  Requests,
  sameLog,
  settled,
  sleep,
  until,
  type Fleet,
  type Served,
} from '@lapse/simulation';
import * as real from './lib/real.js';

const KILLS = real.KILLS ?? 3;
/** Senders that all wait for an engine when the log's server dies are not cut off: then it takes a kill more. */
const KILLS_MAX = 3 * KILLS;
const MS_PER_KILL = 30_000;
const SENDERS = 16;
const ANSWERS_BETWEEN_KILLS_MAX = 300;
const ANSWERS_MS_MAX = 120_000;
/** A store that has just died is no fault of the engines that say so. */
const TROUBLES = ['store-unavailable', 'append-ambiguous', 'store-busy', 'contention'];

beforeAll(real.ensureBuilt);
afterAll(real.cleanUp);

type Role = 'log' | 'one' | 'other';
const ROLES: readonly Role[] = ['log', 'one', 'other'];

/** The server that keeps the log and serves it over the gateway, and two engines that know it by its address alone. */
class Trio {
  readonly folders: Readonly<Record<Role, string>> = {
    log: real.tempFolder(),
    one: real.tempFolder(),
    other: real.tempFolder(),
  };
  readonly up = new Map<Role, Served>();

  constructor(
    private readonly fleet: Fleet,
    private readonly port: number,
  ) {}

  get store(): string {
    return `esdb://127.0.0.1:${this.port}?tls=false`;
  }

  readonly urls = (): readonly string[] => [...this.up.values()].map(({ url }) => url);

  /** What those that run have said last, for whoever has to find out. */
  lastWords(): string {
    return [...this.up].map(([role, { process }]) => `\n${role}: ${process.err.slice(-2_000)}`).join('');
  }

  /** An engine that starts must find its log. */
  async start(roles: readonly Role[]): Promise<void> {
    if (roles.includes('log')) await this.startOne('log');
    await Promise.all(roles.filter((role) => role !== 'log').map((role) => this.startOne(role)));
  }

  private async startOne(role: Role): Promise<void> {
    const place = role === 'log' ? ['--eventstoredb-port', String(this.port)] : ['--store', this.store];
    const served = await this.fleet.serve({ dataDir: this.folders[role], flags: [...real.FLAGS, ...place] });
    this.up.set(role, served);
  }

  async kill(role: Role): Promise<void> {
    const served = this.up.get(role);
    this.up.delete(role);
    await served?.process.end('SIGKILL');
  }
}

describe('a server with a gateway and two engines over it, killed (kill -9) in the middle of appends and closes', () => {
  it(
    `lose nothing acknowledged, double nothing, and close every session once at its instant: ${KILLS} kills or more, LAPSE_SEED=${real.SEED}`,
    async () => {
      const tools = real.realTools(real.SEED);
      const { random } = tools;
      const trio = new Trio(real.newFleet(tools), await freePort());
      const patience = { troubles: TROUBLES, givesUpShare: 0 };
      const services = new ChatServices(new Requests(tools.nowMs, random), tools, patience);
      const killed: Record<Role, number> = { log: 0, one: 0, other: 0 };
      await trio.start(ROLES);
      const stop = real.underLoad(services, SENDERS, trio.urls);
      let kills = 0;
      for (; kills < KILLS || (services.cutOff <= KILLS && kills < KILLS_MAX); kills++) {
        const enough = services.answers + random() * ANSWERS_BETWEEN_KILLS_MAX;
        await until(tools, 'answers', ANSWERS_MS_MAX, () => services.answers > enough).catch((error: unknown) => {
          real.say(
            `stuck after ${kills} kills, at ${services.answers} answers, ${services.cutOff} cut off: ${trio.lastWords()}`,
          );
          throw error;
        });
        const victims = ROLES.filter(() => random() < 0.4);
        // Short runs too must see the log's server die.
        if (victims.length === 0 || (kills === 0 && !victims.includes('log'))) victims.push('log');
        await Promise.all(victims.map((role) => trio.kill(role)));
        for (const role of victims) killed[role] += 1;
        // For a while the others go on alone.
        await sleep(tools, random() * 300);
        await trio.start(victims);
      }
      await stop();
      await services.finish(trio.urls());
      let settledMs = Number.POSITIVE_INFINITY;
      for (const url of trio.urls()) settledMs = Math.min(settledMs, await settled(url, DENSE_MIX.dueWithinMs, tools));
      const judging = { settings: real.SETTINGS, settledMs, tools };
      const seen = [];
      for (const role of ['one', 'other'] as const) {
        expect(await trio.up.get(role)?.process.end('SIGTERM')).toMatchObject({ code: 0 });
        seen.push(await judgeOverGateway(trio.folders[role], trio.store, judging));
      }
      expect(await trio.up.get('log')?.process.end('SIGTERM')).toMatchObject({ code: 0 });
      const { broken, log, latenessMs } = await judgeFolder(trio.folders.log, real.tempFolder(), services, judging);
      real.say(
        `${kills} kills over the gateway (${JSON.stringify(killed)}), seed ${real.SEED}: ${log.length} events, ` +
          `${services.ledger.acknowledged.length} acknowledged, ${services.cutOff} cut off, ${latenessMs.length} timeouts, ${JSON.stringify(Object.fromEntries(services.outcomes))}`,
      );
      const overGateway = seen.flatMap((one) => [...one.rows, ...sameLog(one.log, log)]);
      expect([...broken, ...overGateway].slice(0, 10)).toEqual([]);
      expect(latenessMs.length).toBeGreaterThan(KILLS);
      expect(services.cutOff).toBeGreaterThan(KILLS);
    },
    120_000 + KILLS_MAX * MS_PER_KILL,
  );
});
