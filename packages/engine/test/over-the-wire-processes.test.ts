import { afterEach, describe, expect, it } from '@jest/globals';
import { encodeEvent } from '@lapse/domain';
import { isStoreError, NO_STREAM, type EventStore } from '@lapse/store';
import type { Engine } from '../src/index.js';
import { EngineProcess, killAll } from './lib/engine-process.js';
import * as w from './lib/world.js';

afterEach(async () => {
  await w.cleanUp();
  await killAll();
});

const AGENT_LIMIT_MS = 360 * w.MINUTE_MS;
const SWEEP_INTERVAL_MS = 50;
/** The children live on it, so the engines here do too. */
const realClock: w.Clock = {
  get nowMs() {
    return Date.now();
  },
};
const connectionTo = (port: number): string => `esdb://127.0.0.1:${port}?tls=false`;

/** Opened by somebody who knows nothing of limits, so long ago that it has lapsed. */
const openLapsed = async (store: EventStore, number: number): Promise<void> => {
  const occurredAtMs = Date.now() - AGENT_LIMIT_MS - w.MINUTE_MS;
  const data = { merchantId: `m${number % 7}`, openedBy: 'buyer' } as const;
  const opened = encodeEvent(w.eventId(number + 1), { type: 'opened', occurredAtMs, data });
  // As a careful client does it: the same id at the same revision until there is an answer.
  for (;;) {
    try {
      const answer = await store.append(`session-${w.sessionId(number)}`, [opened], NO_STREAM);
      if (answer.kind === 'wrong-revision' && answer.actualRevision < 0) throw new Error('refused for no reason');
      return;
    } catch (error) {
      if (!isStoreError(error) || (error.code !== 'append-ambiguous' && error.code !== 'store-unavailable'))
        throw error;
    }
  }
};

/** How many sessions have which events, in their order: `opened config-version closed → 200`. */
const histories = async (engine: Pick<Engine, 'store' | 'names'>, count: number): Promise<Record<string, number>> => {
  const found: Record<string, number> = {};
  for (let number = 0; number < count; number++) {
    const types = (await w.eventsOf(engine, number)).map(({ type }) => type).join(' ');
    found[types] = (found[types] ?? 0) + 1;
  }
  return found;
};

describe('two engines in two processes over one gateway', () => {
  it('close nothing twice and pin nothing twice, with 200 sessions due at once', async () => {
    const sessions = 200;
    const server = await w.newEngine(w.tempFolder(), realClock, { config: { eventstoredbPort: 0 } });
    const store = connectionTo(server.gateway?.address.port ?? 0);
    const engines = [1, 2].map(
      () => new EngineProcess({ dataDir: w.tempFolder(), store, sweepIntervalMs: SWEEP_INTERVAL_MS, sweeps: true }),
    );
    await Promise.all(engines.map((engine) => engine.started()));
    await Promise.all(Array.from({ length: sessions }, (_, number) => openLapsed(server.store, number)));
    await w.until(async () => (await histories(server, sessions))['opened config-version closed'] === sessions);
    const closed = await Promise.all(engines.map((engine) => engine.end()));
    // Who counts a close as its own is not settled on the wire: a repeat is answered as the first was, so both may, and whoever
    // did not get its answer in time finds the session closed, so neither may. The log has each close once.
    const counted = closed.reduce((a, b) => a + b);
    expect(counted).toBeGreaterThan(0);
    expect(counted).toBeLessThanOrEqual(2 * sessions);
    expect(await histories(server, sessions)).toEqual({ 'opened config-version closed': sessions });
  });
});

describe('the process that serves the log, killed (kill -9) and started again', () => {
  it('in the middle of appends and closes loses nothing and doubles nothing', async () => {
    const [sessions, kills, callers] = [300, 2, 16];
    const config = { dataDir: w.tempFolder(), sweeps: false };
    let server = new EngineProcess({ ...config, eventstoredbPort: 0 });
    const port = await server.started();
    const engine = await w.newEngine(w.tempFolder(), realClock, {
      sweeps: true,
      config: { store: connectionTo(port), sweepIntervalMs: SWEEP_INTERVAL_MS },
    });
    let next = 0;
    const caller = async (): Promise<void> => {
      while (next < sessions) await openLapsed(engine.store, next++);
    };
    const appending = Promise.all(Array.from({ length: callers }, caller));
    for (let kill = 1; kill <= kills; kill++) {
      await w.until(() => next > (kill * sessions) / (kills + 1));
      await server.kill();
      server = new EngineProcess({ ...config, eventstoredbPort: port });
      await server.started();
    }
    await appending;
    await w.until(async () => (await histories(engine, sessions))['opened config-version closed'] === sessions);
    await engine.close();
    await server.end();
    // The file itself, without any wire between.
    const reopened = await w.newEngine(config.dataDir, realClock);
    expect(await histories(reopened, sessions)).toEqual({ 'opened config-version closed': sessions });
  });
});
