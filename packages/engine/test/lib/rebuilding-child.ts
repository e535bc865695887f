// rebuilding-child.ts FOLDER SEED: an engine that is written to while rebuild after rebuild is swapped in beneath it, until it is killed.
// Says `up`, then a line for every swap.
import { join } from 'node:path';
import type { EventToSend } from '@lapse/commands';
import { extractFacts } from '@lapse/domain';
import { engineConfig, openEngine } from '@lapse/engine';
import { builtInProjectors, openViews, rebuild } from '@lapse/projections';
import { openSqliteStore } from '@lapse/store-sqlite';

const [dataDir = '', seedText = ''] = process.argv.slice(2);

const seeded = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
};
const random = seeded(Number(seedText));
const setTimer = (ms: number, run: () => void): (() => void) => {
  const timer = setTimeout(run, ms);
  return () => clearTimeout(timer);
};
const say = (line: string): void => void process.stdout.write(`${line}\n`);

const engine = await openEngine({
  config: engineConfig.parse({ dataDir, sweepIntervalMs: 20 }),
  nowMs: Date.now,
  random: Math.random,
  setTimer,
});
say('up');

const message = (occurredAtMs: number): EventToSend =>
  random() < 0.6
    ? { type: 'message-from-buyer', occurredAtMs, data: {} }
    : { type: 'message-from-agent', occurredAtMs, data: { automated: false } };

const write = async (): Promise<void> => {
  const sessions: string[] = [];
  for (;;) {
    const merchantId = `m${Math.floor(random() * 5)}`;
    const minutesAgo = Math.floor(random() * 800);
    const occurredAtMs = Date.now() - minutesAgo * 60_000;
    if (sessions.length < 5 || random() < 0.3) {
      const answer = await engine.commands.openSession({ occurredAtMs, data: { merchantId, openedBy: 'buyer' } });
      if (answer.kind === 'opened') sessions.push(answer.sessionId);
    } else {
      const sessionId = sessions[Math.floor(random() * sessions.length)] as string;
      await engine.commands.append({ sessionId, events: [message(occurredAtMs)] });
    }
    if (random() < 0.2) await new Promise((resolve) => setTimeout(resolve, 1));
  }
};

const rebuildOver = async (): Promise<void> => {
  const store = await openSqliteStore({ readOnly: true, file: join(dataDir, 'events.db'), extractFacts, setTimer });
  const choices = [undefined, ['merchants'], ['sessions'], ['merchant-versions', 'merchants']];
  for (;;) {
    const only = choices[Math.floor(random() * choices.length)];
    const stop = new AbortController();
    if (random() < 0.2) setTimer(random() * 50, () => stop.abort());
    const views = openViews({ file: join(dataDir, 'views.db'), beside: true });
    const outcome = await rebuild({
      views,
      store,
      names: engine.names,
      projectors: builtInProjectors,
      ...(only === undefined ? {} : { only }),
      fromZero: random() < 0.2,
      nowMs: Date.now,
      setTimer,
      signal: stop.signal,
    });
    views.close();
    say(outcome.kind);
  }
};

await Promise.all([write(), rebuildOver()]);
