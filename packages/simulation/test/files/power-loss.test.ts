import { copyFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from '@jest/globals';
import type { EventToSend, OpenSession } from '@lapse/commands';
import { engineConfig, openEngine, runOutClock, VirtualClock, type Engine } from '@lapse/engine';
import { randomPlan, type Plan, type Step } from '@lapse/simulation';
import { invariants, mulberry32, type Placed } from '@lapse/simulation/oracle';
import { strangersEvent } from '../../src/traffic/strangers-event.js';
import { engineDerive, placeOf, wholeLog, worldFrom } from '../../src/world/log-world.js';

/**
 * Promise 4 with everything on: what was acknowledged survives a loss of power. The files are copied as it would leave them:
 * all up to the last acknowledged append, and of what was written behind it nothing, a part, or a torn page.
 */
const SEED = Number(process.env['LAPSE_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
const PLANS = Number(process.env['LAPSE_PLANS'] ?? 12);

const folders: string[] = [];
const folder = (): string => {
  const made = mkdtempSync(join(tmpdir(), 'lapse-power-'));
  folders.push(made);
  return made;
};
afterEach(() => {
  for (const made of folders.splice(0)) rmSync(made, { recursive: true, force: true });
});

const setTimer = (delayMs: number, run: () => void): (() => void) => {
  const timer = setTimeout(run, delayMs);
  return () => clearTimeout(timer);
};

const open = (dataDir: string, { settings }: Plan, clock: VirtualClock): Promise<Engine> => {
  const config = engineConfig.parse({ dataDir, ...settings });
  return openEngine({ config, nowMs: clock.nowMs, random: mulberry32(1), setTimer, sweeps: false });
};

/** What of the files of a stopped machine is sure to be there: the log up to here. */
interface Synced {
  readonly wal: Buffer;
  readonly acknowledged: readonly (readonly Placed[])[];
}

class Machine {
  readonly acknowledged: (readonly Placed[])[] = [];
  readonly strangers = new Set<string>();

  constructor(
    readonly dataDir: string,
    readonly engine: Engine,
    private readonly clock: VirtualClock,
  ) {}

  async play(step: Step): Promise<void> {
    this.clock.moveTo(step.atMs);
    const { commands, store, names } = this.engine;
    if (step.do === 'open') {
      const { id, data, occurredAtMs } = step.event;
      const words = data as unknown as OpenSession['data'];
      const answer = await commands.openSession({ sessionId: step.sessionId, eventId: id, occurredAtMs, data: words });
      if (answer.kind === 'opened') {
        this.acknowledged.push([{ id: answer.eventId, stream: names.session(step.sessionId), revision: 0 }]);
      }
    } else if (step.do === 'send') {
      const events = step.events.map((event) => ({ ...event }) as unknown as EventToSend);
      const answer = await commands.append({ sessionId: step.sessionId, events, onClosed: step.onClosed });
      if (answer.kind !== 'appended') return;
      const stream = names.session(answer.sessionId);
      this.acknowledged.push(answer.events.map(({ id, revision }) => ({ id, stream, revision })));
    } else if (step.do === 'stranger') {
      const result = await store.append(step.stream, step.events.map(strangersEvent), 'any');
      if (result.kind !== 'appended') return;
      for (let i = 0; i < step.events.length; i++) this.strangers.add(placeOf(step.stream, result.lastRevision - i));
    }
  }

  synced(): Synced {
    return { wal: readFileSync(join(this.dataDir, 'events.db-wal')), acknowledged: [...this.acknowledged] };
  }
}

const WAL_HEADER_BYTES = 32;

/** Puts the files of a machine that lost its power into a folder of their own. False: the log was checkpointed meanwhile. */
const loseTail = (machine: Machine, { wal }: Synced, random: () => number, to: string): boolean => {
  const now = readFileSync(join(machine.dataDir, 'events.db-wal'));
  const isSameWal = now.subarray(0, WAL_HEADER_BYTES).equals(wal.subarray(0, WAL_HEADER_BYTES));
  if (!isSameWal || now.length < wal.length) return false;
  copyFileSync(join(machine.dataDir, 'events.db'), join(to, 'events.db'));
  const kept = wal.length + Math.floor(random() * (now.length - wal.length + 1));
  const left = Buffer.from(now.subarray(0, kept));
  // A page that was being written: some of its sectors are new, some are whatever stood there.
  const tornFrom = wal.length + Math.floor(random() * (kept - wal.length));
  if (random() < 0.5) left.fill(0xa5, tornFrom, Math.min(kept, tornFrom + 512));
  writeFileSync(join(to, 'events.db-wal'), left);
  if (random() < 0.5) copyFileSync(join(machine.dataDir, 'views.db'), join(to, 'views.db'));
  return true;
};

const READY_LOOKS_MAX = 2_000;

/** The read models stand at the head before the subscription says so; the sweep waits for its word. */
const untilReady = async (engine: Engine): Promise<void> => {
  for (let look = 0; look < READY_LOOKS_MAX && !engine.readiness().ready; look++) {
    await new Promise<void>((resolve) => void setTimer(1, resolve));
  }
  expect(engine.readiness()).toMatchObject({ ready: true });
};

const judgeCopy = async (plan: Plan, machine: Machine, synced: Synced, copy: string, atMs: number): Promise<void> => {
  const clock = new VirtualClock();
  clock.moveTo(atMs);
  const engine = await open(copy, plan, clock);
  try {
    await untilReady(engine);
    expect(await runOutClock(engine, clock)).toBe(true);
    const log = await wholeLog(engine.store);
    const world = worldFrom(log, plan.settings, machine.strangers);
    const { acknowledged } = synced;
    const found = invariants(world, { acknowledged, derive: engineDerive, quiescentAtMs: clock.nowMs() });
    expect(found).toEqual([]);
  } finally {
    await engine.close();
  }
};

const playPlan = async (seed: number): Promise<number> => {
  const random = mulberry32(seed);
  const plan = randomPlan(seed, { faults: false });
  const clock = new VirtualClock();
  clock.moveTo(plan.startMs);
  const dataDir = folder();
  const machine = new Machine(dataDir, await open(dataDir, plan, clock), clock);
  let losses = 0;
  try {
    for (const step of plan.steps) {
      const synced = statSync(join(dataDir, 'events.db-wal'), { throwIfNoEntry: false }) && machine.synced();
      await machine.play(step);
      if (synced === undefined || random() > 0.15) continue;
      const copy = folder();
      if (!loseTail(machine, synced, random, copy)) continue;
      losses += 1;
      await judgeCopy(plan, machine, synced, copy, step.atMs);
    }
  } finally {
    await machine.engine.close();
  }
  return losses;
};

it(
  `loses nothing acknowledged with the power, and closes everything right afterwards (LAPSE_SEED=${SEED})`,
  async () => {
    let losses = 0;
    for (let i = 0; i < PLANS; i++) losses += await playPlan(SEED + i);
    expect(losses).toBeGreaterThan(PLANS / 3);
  },
  Math.max(120_000, PLANS * 10_000),
);
