// One soak: servers, traffic, what was watched meanwhile, and the judgement at the end.
import { join } from 'node:path';
import { ChatServices, Fleet, freePort, judgeFolder, Requests, settled, sleep } from '@lapse/simulation';
import { mulberry32 } from '@lapse/simulation/oracle';
import { followCloses } from './closes.mjs';
import { percentiles } from './percentiles.mjs';
import { phaseAt, Traffic } from './traffic.mjs';
import { verdictsOf } from './verdicts.mjs';
import { Watch } from './watch.mjs';

const INTERVALS_MAX = 240;
const INTERVAL_MS_MIN = 5_000;
/** All of the log is judged in memory at the end: what is longer ends earlier. */
const EVENTS_MAX = 1_500_000;

const MIX = {
  dueWithinMs: 8_000,
  openShare: 0.3,
  openNewShare: 0.1,
  configureShare: 0.002,
  readShare: 0.05,
  recentMax: 1_000,
  closesForgotten: true,
};
const SETTINGS = { closeGraceMs: 0, clockSkewMs: 5_000, newMerchants: 'standard' };
const FLAGS = ['--close-grace-ms', '0'];
const TROUBLES = ['overloaded', 'store-busy', 'store-unavailable', 'append-ambiguous', 'contention', 'request-timeout'];

const realTools = (seed) => ({
  nowMs: Date.now,
  random: mulberry32(seed),
  setTimer: (delayMs, run) => {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
});

const startServers = async (fleet, scratch, overGateway) => {
  const logDir = join(scratch, 'log');
  if (!overGateway) return { logDir, front: await fleet.serve({ dataDir: logDir, flags: FLAGS }), keeper: undefined };
  const port = await freePort();
  const keeper = await fleet.serve({ dataDir: logDir, flags: [...FLAGS, '--eventstoredb-port', String(port)] });
  const store = ['--store', `esdb://127.0.0.1:${port}?tls=false`];
  return { logDir, front: await fleet.serve({ dataDir: join(scratch, 'front'), flags: [...FLAGS, ...store] }), keeper };
};

const lineOf = ({ minute, phase, perSecond, heldBack, latency, lateness, watched, closes }) =>
  [
    `${minute.toFixed(1).padStart(6)} min ${phase.padEnd(6)}`,
    `${perSecond.toFixed(0).padStart(5)}/s`,
    `answers p50 ${latency.p50.toFixed(1)} p99 ${latency.p99.toFixed(0)} max ${latency.max.toFixed(0)} ms`,
    `${closes} closes, late p50 ${lateness.p50.toFixed(0)} p99 ${lateness.p99.toFixed(0)} max ${lateness.max.toFixed(0)} ms`,
    `${watched.rssMib.toFixed(0)} MiB, ${watched.openFiles ?? '?'} files, wal ${watched.walMib.toFixed(1)} MiB, cpu ${watched.cpuPercent.toFixed(0)} %`,
    ...(heldBack > 0 ? [`${heldBack} held back`] : []),
  ].join(' | ');

/** What `fetch` keeps open for its next request is no handle that the server has lost. A new one gets connections of its own. */
const letConnectionsGo = async () => {
  const key = Symbol.for('undici.globalDispatcher.1');
  const pool = globalThis[key];
  if (pool === undefined) return;
  globalThis[key] = new pool.constructor();
  await pool.close();
};
const LET_GO_MS = 1_000;

/** Ends early at Ctrl-C: what was seen until then is judged all the same. */
const stopSoon = () => {
  const stop = { asked: false };
  process.once('SIGINT', () => (stop.asked = true));
  return stop;
};

export const soak = async ({ minutes, rate, herd, gateway, seed, scratch, main, say }) => {
  const tools = realTools(seed);
  const fleet = new Fleet(main, process.env, tools);
  try {
    const { logDir, front, keeper } = await startServers(fleet, scratch, gateway);
    const requests = new Requests(tools.nowMs, tools.random, MIX);
    const services = new ChatServices(requests, tools, { troubles: TROUBLES, givesUpShare: 0 });
    const traffic = new Traffic({ services, url: front.url, rate, herd });
    const closes = await followCloses(join(logDir, 'events.db'), tools);
    const watch = new Watch(front, keeper, logDir);
    say(`${minutes} min at ${rate}/s, a herd of ${herd} a minute, seed ${seed}${gateway ? ', over the gateway' : ''}`);

    const stop = stopSoon();
    const before = await watch.look();
    const startedMs = Date.now();
    const lastMs = startedMs + minutes * 60_000;
    const intervalMs = Math.max(INTERVAL_MS_MIN, (minutes * 60_000) / INTERVALS_MAX);
    const intervals = [];
    let takenMs = startedMs;
    traffic.start(startedMs);
    for (let nextMs = startedMs; Date.now() < lastMs && !stop.asked && closes.events < EVENTS_MAX;) {
      nextMs = Math.min(nextMs + intervalMs, lastMs);
      await sleep(tools, Math.max(0, nextMs - Date.now()));
      const tookSeconds = (Date.now() - takenMs) / 1000;
      takenMs = Date.now();
      const { latencies, answered, heldBack } = traffic.take();
      const late = closes.take();
      const interval = {
        minute: (Date.now() - startedMs) / 60_000,
        phase: phaseAt(Date.now() - startedMs - intervalMs / 2),
        perSecond: answered / tookSeconds,
        heldBack,
        latency: percentiles(latencies),
        lateness: percentiles(late),
        closes: late.length,
        watched: await watch.look(),
      };
      intervals.push(interval);
      say(lineOf(interval));
    }
    if (stop.asked) say('asked to end (SIGINT): what was seen until now is judged');
    else if (closes.events >= EVENTS_MAX) say(`${closes.events} events are as many as can be judged`);
    await traffic.stop();
    const all = { latency: percentiles(traffic.all), lateness: percentiles(closes.all) };
    await services.finish([front.url]);
    const settledMs = await settled(front.url, MIX.dueWithinMs, tools);
    await letConnectionsGo();
    await sleep(tools, LET_GO_MS);
    const atRest = await watch.look();
    await closes.stop();
    const ends = [await front.process.end('SIGTERM'), await keeper?.process.end('SIGTERM')];
    say('judging the log …');
    const judged = await judgeFolder(logDir, join(scratch, 'judged'), services, {
      settings: SETTINGS,
      settledMs,
      tools,
    });
    const result = {
      minutes: intervals.at(-1)?.minute ?? 0,
      rate,
      herd,
      seed,
      overGateway: gateway,
      startedAt: new Date(startedMs).toISOString(),
      events: judged.log.length,
      acknowledged: services.ledger.acknowledged.length,
      timeouts: judged.latenessMs.length,
      cutOff: services.cutOff,
      cutOffBy: Object.fromEntries(services.cutOffBy),
      outcomes: Object.fromEntries(services.outcomes),
      ...all,
      broken: judged.broken.slice(0, 20),
      exitCodes: ends.filter((ended) => ended !== undefined).map(({ code }) => code),
      before,
      atRest,
      intervals,
    };
    return { ...result, verdicts: verdictsOf({ ...result, brokenCount: judged.broken.length }) };
  } finally {
    await fleet.end();
  }
};
