import { decideTimeout, extractFacts, timeoutDueAfterMs, type SessionState } from '@lapse/domain';
import { createMemoryStore, type EventToAppend } from '@lapse/store';
import { inTheSameWords } from '../faults/in-the-same-words.js';
import { FaultCounts } from '../faults/fault-counts.js';
import type { Random } from '../oracle/random.js';
import { chance, mulberry32, randomUuid } from '../oracle/random.js';
import { Ledger } from '../traffic/ledger.js';
import { Sender } from '../traffic/sender.js';
import { strangersEvent } from '../traffic/strangers-event.js';
import { checkNow, checkAtRest } from './checks.js';
import type { Failure } from './failure.js';
import { wholeLog, placeOf } from './log-world.js';
import type { Plan, StrangersEvent } from './plan.js';
import type { Owner } from './owner.js';
import { Scheduler } from './scheduler.js';
import { SimulatedEngine } from './simulated-engine.js';
import { playStep } from './play-step.js';
import type { Stage } from './stage.js';

/** Apart, so that one more draw of one kind leaves the others as they are. */
const randomFor = (plan: Plan, purpose: number): Random =>
  mulberry32((plan.seed ^ Math.imul(purpose, 0x9e3779b1)) >>> 0);

/** A clock that was set while a sweep was under way may be off by more than the sweep could know. */
const CLOCK_SETTLES_MS = 120_000;

/** How many worlds keep their log on a server that does not tell a repeated append from a first one. */
const SHARE_OF_SERVERS = 0.3;

/** Puts a world together; nothing has happened in it yet. */
export const createStage = (plan: Plan): Stage => {
  const scheduler = new Scheduler(plan.startMs, randomFor(plan, 1));
  const owner: Owner = { name: 'world', alive: true };
  const log = createMemoryStore({ extractFacts, nowMs: () => scheduler.nowMs, identity: `world-${plan.seed}` });
  const disk = chance(randomFor(plan, 5), SHARE_OF_SERVERS) ? inTheSameWords(log) : log;
  const strangers = new Set<string>();
  const counts = new FaultCounts();
  const failures: Failure[] = [];
  const ledger = new Ledger();

  const strangerWrites = async (stream: string, events: readonly StrangersEvent[]): Promise<void> => {
    const encoded: readonly EventToAppend[] = events.map(strangersEvent);
    const result = await disk.append(stream, encoded, 'any');
    if (result.kind !== 'appended') return;
    for (let i = 0; i < events.length; i++) strangers.add(placeOf(stream, result.lastRevision - i));
  };

  const strangerRandom = randomFor(plan, 2);
  const intrude = (stream: string): Promise<void> => {
    if (!stream.startsWith('session-')) return Promise.resolve();
    const type = chance(strangerRandom, 0.7) ? 'note-added' : 'message-from-buyer';
    const event = { id: randomUuid(strangerRandom), type, data: {}, occurredAtMs: scheduler.nowMs };
    return strangerWrites(stream, [event]);
  };

  const onSweep = (engine: SimulatedEngine, state: SessionState, atMs: number): void => {
    const { closeGraceMs } = plan.settings;
    const dueAfterMs = timeoutDueAfterMs(state, closeGraceMs);
    const setRecently = scheduler.nowMs - engine.clock.setAtMs < CLOCK_SETTLES_MS;
    if (engine.plan.learnsClock || setRecently || dueAfterMs === undefined) return;
    // Looked at again after trouble: nothing comes of it while nothing is due.
    if (decideTimeout(state, atMs, closeGraceMs) === undefined) return;
    if (scheduler.nowMs + plan.settings.clockSkewMs + 1 > dueAfterMs) return;
    const what = `engine ${engine.number} sweeps at ${atMs}, due after ${dueAfterMs}, the store's clock is at ${scheduler.nowMs}`;
    failures.push({ promise: 'sweep-early', stream: state.stream, what });
  };

  const engines = plan.engines.map((enginePlan, number) => {
    const around = { disk, scheduler, storeOwner: owner, settings: plan.settings, counts, intrude, onSweep };
    return new SimulatedEngine(number, enginePlan, { ...around, random: randomFor(plan, 100 + number) });
  });
  const onContention = (what: string): void => {
    failures.push({ promise: 'no-contention', stream: '', what });
  };
  const sender = new Sender({ scheduler, engines, ledger, random: randomFor(plan, 3), owner, onContention });
  return {
    plan,
    scheduler,
    disk,
    engines,
    sender,
    ledger,
    counts,
    strangers,
    owner,
    failures,
    strangerWrites,
  };
};

/** Mends everything: stores answer, clocks are nearly right, somebody runs. */
const mend = (stage: Stage): void => {
  const { engines, plan } = stage;
  const random = randomFor(plan, 4);
  for (const engine of engines) {
    engine.faults.heal();
    engine.fillViews(false);
    const offsetMs = Math.round((random() * 2 - 1) * plan.settings.clockSkewMs * 0.4);
    engine.clock.heal(offsetMs);
  }
  if (!engines.some(({ isUp }) => isUp)) for (const engine of engines) engine.start();
  else for (const engine of engines) if (chance(random, 0.3)) engine.start();
};

/** Plays a plan to its end, and lets it rest. What it found wrong is in `failures`; a world found wrong is left at once. */
export const playWorld = async (plan: Plan): Promise<Stage> => {
  const stage = createStage(plan);
  const { scheduler, engines, failures } = stage;
  for (const engine of engines) if (engine.plan.startsAtOnce) engine.start();
  for (const step of plan.steps) {
    await scheduler.runUntil(step.atMs);
    if (step.do === 'check') failures.push(...checkNow(stage, await wholeLog(stage.disk)));
    else playStep(stage, step);
    if (failures.length > 0) return stage;
  }
  await scheduler.runUntil(plan.endsAtMs);
  mend(stage);
  await scheduler.runUntil(plan.endsAtMs + plan.restMs);
  failures.push(...(await checkAtRest(stage)));
  return stage;
};

/** Ends a world: every engine dies and every `views.db` is gone. */
export const endWorld = (stage: Stage): void => {
  for (const engine of stage.engines) engine.kill(true);
};
