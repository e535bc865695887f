import { createCommands, type Commands } from '@lapse/commands';
import { streamNames, type SessionState } from '@lapse/domain';
import { openProjections, openViews, type LogLine, type Projections, type Views } from '@lapse/projections';
import type { EventStore } from '@lapse/store';
import { createTimeouts, type Timeouts } from '@lapse/timeouts';
import type { FaultCounts } from '../faults/fault-counts.js';
import { FaultyStore } from '../faults/faulty-store.js';
import { StoreFaults } from '../faults/store-faults.js';
import type { Random } from '../oracle/random.js';
import type { Settings } from '../oracle/world.js';
import { EngineClock } from './engine-clock.js';
import type { EnginePlan } from './plan.js';
import type { Owner } from './owner.js';
import type { Scheduler } from './scheduler.js';

export const names = streamNames();

export interface EngineSurroundings {
  readonly disk: EventStore;
  readonly scheduler: Scheduler;
  readonly storeOwner: Owner;
  readonly settings: Settings;
  readonly random: Random;
  readonly counts: FaultCounts;
  readonly intrude: (stream: string) => Promise<void>;
  /** The sweep of an engine sets off to close a session, by its clock at `nowMs`. */
  readonly onSweep: (engine: SimulatedEngine, state: SessionState, nowMs: number) => void;
}

export interface Running {
  readonly owner: Owner;
  readonly store: FaultyStore;
  readonly commands: Commands;
  readonly projections: Projections;
  readonly timeouts: Timeouts;
}

type Asked<T> =
  | { readonly kind: 'answered'; readonly answer: T }
  | { readonly kind: 'failed'; readonly error: unknown }
  /** The engine died before it answered. */
  | { readonly kind: 'lost' };

const START_AGAIN_MS = 20_000;
const LOG_LINES_KEPT = 200;
const HEAD_INTERVAL_MS = 10 * 60_000;

/** One machine: its clock, its `views.db`, and the engine that runs on it now and then. The parts are the real ones. */
export class SimulatedEngine {
  readonly clock: EngineClock;
  readonly faults = new StoreFaults();
  readonly lines: string[] = [];
  running: Running | undefined;
  /** Whether it should run; a start that fails is tried again. */
  private wanted = false;
  private views: Views | undefined;
  /** Of `views`, without a death in it. */
  private transact: Views['transaction'] | undefined;
  private died: Promise<void> = Promise.resolve();
  private markDead: () => void = () => undefined;
  private owner: Owner | undefined;
  private store: FaultyStore | undefined;
  private fuse: { waits: number; readonly onDeath: () => void } | undefined;

  constructor(
    readonly number: number,
    readonly plan: EnginePlan,
    private readonly around: EngineSurroundings,
  ) {
    this.clock = new EngineClock(() => around.scheduler.nowMs, plan.clockOffsetMs, plan.clockDriftPpm);
  }

  get viewsFile(): Views | undefined {
    return this.views;
  }

  get isUp(): boolean {
    return this.running !== undefined;
  }

  /** Starts the engine over whatever its `views.db` holds. Does nothing while it runs or is starting. */
  start(): void {
    if (this.wanted) return;
    this.wanted = true;
    this.boot();
  }

  /** It dies the next time but `waits` that it is about to wait for the store, whatever it is doing then. */
  killLater(waits: number, onDeath: () => void): void {
    this.fuse = { waits, onDeath };
  }

  /** `kill -9`: nothing that it waits for ever comes. What its read models have committed stays. */
  kill(loseViews: boolean): void {
    this.wanted = false;
    this.fuse = undefined;
    if (this.owner !== undefined) this.owner.alive = false;
    this.store?.abandon();
    this.running = this.owner = this.store = undefined;
    this.markDead();
    if (!loseViews) return;
    this.views?.close();
    this.views = undefined;
  }

  /** Drains and stops as a signal makes it; whoever waits longer than `patienceMs` kills it. */
  async stop(patienceMs: number, loseViews: boolean): Promise<void> {
    const { running } = this;
    const { scheduler, storeOwner } = this.around;
    if (running !== undefined) {
      const tooLong = new AbortController();
      const stopped = running.timeouts.drain(tooLong.signal).then(() => running.projections.stop());
      await Promise.race([
        stopped.catch((error: unknown) => this.log(running.owner, `stop failed: ${String(error)}`)),
        scheduler.sleep(patienceMs, storeOwner),
        this.died,
      ]);
      tooLong.abort();
    }
    if (this.running === running) this.kill(loseViews);
  }

  /** Asks it something; the answer may be that it died. */
  async ask<T>(question: (running: Running) => Promise<T>): Promise<Asked<T>> {
    const { running } = this;
    if (running === undefined) return { kind: 'lost' };
    const answered = question(running).then(
      (answer): Asked<T> => ({ kind: 'answered', answer }),
      (error: unknown): Asked<T> => ({ kind: 'failed', error }),
    );
    return Promise.race([answered, this.died.then((): Asked<T> => ({ kind: 'lost' }))]);
  }

  breakSubscriptions(how: 'drop' | 'end'): number {
    return this.store?.breakSubscriptions(how) ?? 0;
  }

  /** Leaves `views.db` no room to grow, or all it wants. */
  fillViews(isFull: boolean): boolean {
    const { database } = this.views ?? {};
    if (database === undefined) return false;
    const pages = database.prepare('PRAGMA page_count').get<[number]>()?.[0] ?? 0;
    database.exec(`PRAGMA max_page_count = ${isFull ? pages : 1_000_000}`);
    return true;
  }

  private boot(): void {
    const { scheduler } = this.around;
    const owner: Owner = { name: `engine ${this.number}`, alive: true };
    this.owner = owner;
    this.died = new Promise((resolve) => (this.markDead = resolve));
    this.open(owner).then(
      (running) => {
        if (owner.alive) this.running = running;
      },
      (error: unknown) => {
        this.log(owner, `start failed: ${String(error)}`);
        scheduler.after(START_AGAIN_MS, owner, () => this.boot());
      },
    );
  }

  private async open(owner: Owner): Promise<Running> {
    const { scheduler, settings, random } = this.around;
    const onWait = (): void => this.burn(owner);
    const store = new FaultyStore({ ...this.around, owner, faults: this.faults, onWait });
    this.store = store;
    const { nowMs } = this.clock;
    const setTimer = (delayMs: number, run: () => void): (() => void) => scheduler.after(delayMs, owner, run);
    const sleep = (ms: number): Promise<void> => scheduler.sleep(ms, owner);
    const { cachedSessionsMax, pageSizeMax, sweepIntervalMs, standbyDelayMs, learnsClock } = this.plan;
    const log = ({ level, what, message }: LogLine): void => this.log(owner, `${level} ${what} ${message}`);
    const commands = createCommands({ store, names, settings, nowMs, random, sleep, limits: { cachedSessionsMax } });
    const views = this.mortalViews(owner);
    const limits = { pageSizeMax, headIntervalMs: HEAD_INTERVAL_MS };
    const projections = await openProjections({ views, store, names, nowMs, setTimer, random, log, limits });
    const timeouts = createTimeouts({
      commands: {
        pinBareSession: (sessionId) => commands.pinBareSession(sessionId),
        closeIfDue: (state, atMs) => {
          this.around.onSweep(this, state, atMs);
          return commands.closeIfDue(state, atMs);
        },
      },
      projections,
      settings: { ...settings, standbyDelayMs },
      nowMs,
      limits: { sweepIntervalMs },
      log,
      ...(learnsClock ? {} : { storeClockOffsetMs: () => -this.clock.offsetMs() }),
    });
    projections.start();
    timeouts.start({ setTimer });
    return { owner, store, commands, projections, timeouts };
  }

  /** `views.db`, in which the engine may die behind each transaction; what it would have done next is not done. */
  private mortalViews(owner: Owner): Views {
    if (this.views === undefined) {
      this.views = openViews({ file: ':memory:' });
      this.transact = this.views.transaction.bind(this.views);
    }
    const { views, transact } = this;
    views.transaction = <T>(work: () => T): T => {
      if (!owner.alive || transact === undefined) throw new Error(`${owner.name} is dead`);
      const result = transact(work);
      this.burn(owner);
      return result;
    };
    return views;
  }

  private burn(owner: Owner): void {
    const { fuse } = this;
    if (!owner.alive || fuse === undefined || fuse.waits-- > 0) return;
    fuse.onDeath();
  }

  private log(owner: Owner, line: string): void {
    if (!owner.alive) return;
    if (this.lines.length === LOG_LINES_KEPT) this.lines.shift();
    this.lines.push(`${new Date(this.around.scheduler.nowMs).toISOString()} ${owner.name} ${line}`);
  }
}
