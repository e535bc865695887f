import { afterEach, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSessionAnswer, readyAnswer } from '@lapse/api';
import { extractFacts } from '@lapse/domain';
import { readinessOf } from '@lapse/engine';
import { openProjections, openViews, type Projections, type Views } from '@lapse/projections';
import { createMemoryStore, type EventStore } from '@lapse/store';
import { parsedMetrics } from './parsed-metrics.js';
import { expectAnswer, expectProblem, names, newWorld, T0, type World } from './world.js';

const STALLED_AFTER_MS = 10_000;
const folders: string[] = [];
let closeAll: () => Promise<void>;
afterEach(async () => {
  await closeAll();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A store whose subscriptions can be made to say nothing more, as a half-open connection does. */
const muteable = (real: EventStore): { readonly store: EventStore; mute(isMuted: boolean): void } => {
  let isMuted = false;
  const waiting: (() => void)[] = [];
  const store = Object.create(real) as EventStore;
  const heard = (): Promise<void> => (isMuted ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve());
  store.subscribe = (options) =>
    (async function* () {
      for await (const message of real.subscribe(options)) {
        await heard();
        yield message;
      }
    })() as ReturnType<EventStore['subscribe']>;
  return {
    store,
    mute: (muted) => {
      isMuted = muted;
      if (!muted) for (const go of waiting.splice(0)) go();
    },
  };
};

const setTimer = (delayMs: number, run: () => void): (() => void) => {
  // The clock of these tests stands, so what asks for the head does so as often as it can.
  const timer = setTimeout(run, Math.min(delayMs, 5));
  return () => clearTimeout(timer);
};

const readyFrom = async (world: World, wanted: (status: number) => boolean): Promise<void> => {
  const ATTEMPTS_MAX = 5_000;
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) if (wanted((await world.get('/readyz')).status)) return;
  throw new Error('/readyz did not change');
};

interface ReadSide {
  readonly world: World;
  readonly projections: Projections;
  readonly clock: { nowMs: number };
  readonly views: Views;
  mute(isMuted: boolean): void;
}

const openReadSide = async (): Promise<ReadSide> => {
  const clock = { nowMs: T0 };
  const folder = mkdtempSync(join(tmpdir(), 'lapse-stalled-'));
  folders.push(folder);
  const { store, mute } = muteable(createMemoryStore({ extractFacts, nowMs: () => clock.nowMs, identity: 'test' }));
  const views = openViews({ file: join(folder, 'views.db') });
  const projections = await openProjections({
    views,
    store,
    names,
    nowMs: () => clock.nowMs,
    setTimer,
    random: () => 0.5,
    eventsBetween: (from, to) => (to === 'start' ? 0 : Number(to)) - (from === 'start' ? 0 : Number(from)),
    limits: { stalledAfterMs: STALLED_AFTER_MS },
  });
  projections.start();
  const sweep = {
    state: 'sweeping',
    pending: 0,
    inFlight: 0,
    pinsPending: 0,
    nextDueMs: undefined,
    storeClockOffsetMs: 0,
    indexBytes: 0,
    mapBytes: 0,
  } as const;
  const ready = () => readinessOf(projections.status(), sweep, false);
  const world = await newWorld({ clock, store, server: { views: projections, ready } });
  closeAll = async () => {
    mute(false);
    await world.server.close();
    await projections.stop();
    views.close();
    await store.close();
  };
  return { world, projections, clock, views, mute };
};

/** What /readyz says of a read model while it answers 503. */
const unreadyDetail = async (world: World, name: string): Promise<string | undefined> => {
  const problem = expectProblem(await world.get('/readyz'), 503, 'not-ready');
  const { checks } = problem as unknown as { checks: { name: string; ready: boolean; detail: string }[] };
  return checks.find((check) => check.name === name && !check.ready)?.detail;
};

describe('a read side whose subscription has fallen silent', () => {
  it('makes /readyz say stalled, with what is behind, until it moves again', async () => {
    const { world, projections, clock, mute } = await openReadSide();
    await readyFrom(world, (status) => status === 200);

    mute(true);
    const opening = { merchantId: 'm1', openedBy: 'buyer' };
    expectAnswer(await world.post('/v1/sessions', opening), 201, openSessionAnswer);
    await readyFrom(world, () => projections.status()[0]?.lagEvents === 3);
    expect(expectAnswer(await world.get('/readyz'), 200, readyAnswer).ready).toBe(true);
    clock.nowMs += STALLED_AFTER_MS + 1;
    await readyFrom(world, (status) => status === 503);
    expect(await unreadyDetail(world, 'projection sessions')).toMatch(/^stalled, 3 events behind/);
    const text = await (await fetch(`http://127.0.0.1:${world.port}/metrics`)).text();
    const found = parsedMetrics(text);
    expect(found.value('lapse_projection_state', { projection: 'sessions', state: 'stalled' })).toBe(1);
    expect(found.value('lapse_projection_lag_events', { projection: 'sessions' })).toBe(3);

    mute(false);
    await readyFrom(world, (status) => status === 200);
  });
});

describe('a read side that has stopped on an error', () => {
  it('makes /readyz say parked, and why, and keeps saying so', async () => {
    const { world, views } = await openReadSide();
    await readyFrom(world, (status) => status === 200);
    // As another process does that keeps the same file, past its lock.
    views.database.exec("UPDATE generations SET position = '77'");
    expectAnswer(await world.post('/v1/sessions', { merchantId: 'm1', openedBy: 'buyer' }), 201, openSessionAnswer);
    await readyFrom(world, (status) => status === 503);
    expect(await unreadyDetail(world, 'projection sessions')).toMatch(
      /^parked.*another process writes to the same file/,
    );
    const found = parsedMetrics(await (await fetch(`http://127.0.0.1:${world.port}/metrics`)).text());
    expect(found.value('lapse_projection_state', { projection: 'sessions', state: 'parked' })).toBe(1);
  });
});
