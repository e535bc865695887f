import type { Commands } from '@lapse/commands';
import {
  DUE_LATCHED,
  DUE_UNPINNED,
  type Log,
  type Projections,
  type SessionHandle,
  type SessionsObserver,
  type SetTimer,
  type Touched,
} from '@lapse/projections';
import { defaultLimits, type TimeoutLimits, type TimeoutSettings } from './settings.js';
import { ClockWatch } from './sweep/clock-watch.js';
import { TimeoutMetrics } from './sweep/metrics.js';
import { Pinner } from './sweep/pinner.js';
import { Sweep, type SweepState } from './sweep/sweep.js';
import { WakeUp } from './sweep/wake-up.js';

export interface TimeoutsOptions {
  readonly commands: Pick<Commands, 'closeIfDue' | 'pinBareSession'>;
  /** Opened, not started yet. */
  readonly projections: Pick<Projections, 'observe' | 'eachDue' | 'sessionByKey' | 'sessionIdByKey'>;
  readonly settings: TimeoutSettings;
  readonly nowMs: () => number;
  /**
   * How far the store's clock is ahead of this one (D21), where somebody knows: `() => 0` for a store on this machine. Left
   * out, or undefined: it is learnt from the closes, the first of which then goes alone.
   */
  readonly storeClockOffsetMs?: () => number | undefined;
  readonly log?: Log;
  readonly limits?: Partial<TimeoutLimits>;
}

export interface TimeoutsStatus {
  readonly state: SweepState;
  /** Sessions with a deadline. */
  readonly pending: number;
  readonly inFlight: number;
  readonly pinsPending: number;
  /** Nothing is due before it. */
  readonly nextDueMs: number | undefined;
  readonly storeClockOffsetMs: number | undefined;
  /** Of the deadline index, and of the map from sessions to it. */
  readonly indexBytes: number;
  readonly mapBytes: number;
}

/**
 * The process manager of promise 1: knows which session is due when, and has it closed. Built from the rows, it needs no look
 * at the log; the projections tell it of every change from there on.
 */
export class Timeouts implements SessionsObserver {
  readonly metrics = new TimeoutMetrics();
  private readonly sweep: Sweep;
  private readonly pinner: Pinner;
  private readonly clock: ClockWatch;
  private readonly limits: TimeoutLimits;
  private wakeUp: WakeUp | undefined;

  constructor(private readonly options: TimeoutsOptions) {
    const { commands, settings, nowMs, log = () => undefined } = options;
    this.limits = { ...defaultLimits, ...options.limits };
    this.clock = new ClockWatch(settings.clockSkewMs, options.storeClockOffsetMs ?? (() => undefined));
    const shared = { commands, limits: this.limits, nowMs, metrics: this.metrics, log };
    const load = (key: number): Promise<SessionHandle | undefined> => options.projections.sessionByKey(key);
    this.sweep = new Sweep({ ...shared, settings, clock: this.clock, load });
    this.pinner = new Pinner(shared);
  }

  onSession(session: SessionHandle, touched: Touched): void {
    if (this.sweep.seen(session, () => touched.storedAtMs)) this.wakeUp?.soon();
    if (this.clock.isLearning && this.sweep.isLive) this.clock.seen(touched.storedAtMs, this.options.nowMs());
    if (session.state.status === 'unpinned' && session.state.parked === undefined) {
      this.pinner.want(session.key, session.id);
      this.wakeUp?.soon();
      return;
    }
    this.pinner.forget(session.key);
    const dueMs = this.sweep.arm(session);
    if (dueMs !== undefined) this.wakeUp?.by(dueMs);
  }

  onCaughtUp(): void {
    this.setLive(true);
    this.wakeUp?.soon();
  }

  onBehind(): void {
    this.setLive(false);
  }

  /** Closes and pins what is due at `nowMs`; resolves when all of it has been answered for. Never rejects. */
  async tick(nowMs: number): Promise<void> {
    await Promise.all([this.sweep.tick(nowMs), this.pinner.tick(nowMs)]);
  }

  /** From now on by itself: at every deadline, and at least every `sweepIntervalMs`. */
  start({ setTimer }: { readonly setTimer: SetTimer }): void {
    this.wakeUp ??= new WakeUp({
      setTimer,
      nowMs: this.options.nowMs,
      intervalMs: this.limits.sweepIntervalMs,
      spacingMs: this.limits.sweepSpacingMs,
      nextMs: () => this.nextMs(),
      work: () => this.tick(this.options.nowMs()),
    });
    this.wakeUp.start();
  }

  /** Takes nothing more; resolves when what is on its way has been answered for, or when the signal aborts. */
  async drain(signal: AbortSignal): Promise<void> {
    this.wakeUp?.stop();
    this.sweep.isDraining = true;
    this.pinner.isDraining = true;
    const done = Promise.all([this.sweep.whenIdle(), this.pinner.whenIdle()]);
    if (signal.aborted) return;
    await new Promise<void>((resolve) => {
      const end = (): void => {
        signal.removeEventListener('abort', end);
        resolve();
      };
      signal.addEventListener('abort', end);
      void done.then(end);
    });
  }

  status(): TimeoutsStatus {
    const { deadlines } = this.sweep;
    return {
      state: this.sweep.state(this.options.nowMs()),
      pending: deadlines.pending,
      inFlight: this.sweep.inFlight,
      pinsPending: this.pinner.pending,
      nextDueMs: deadlines.soonestMs(),
      storeClockOffsetMs: this.clock.offsetMs,
      indexBytes: deadlines.indexBytes,
      mapBytes: deadlines.mapBytes,
    };
  }

  /** The rows were built anew: what they say counts. Closes that are on their way stay on it. */
  onReset(): void {
    this.sweep.deadlines.clear();
    this.pinner.forgetAll();
    this.load();
    this.wakeUp?.soon();
  }

  /** Takes the deadlines from the rows. */
  load(): void {
    const { closeGraceMs, standbyDelayMs = 0 } = this.options.settings;
    const { projections } = this.options;
    const unpinned: number[] = [];
    projections.eachDue((key, dueMs) => {
      if (dueMs === DUE_UNPINNED) unpinned.push(key);
      else if (dueMs === DUE_LATCHED) this.sweep.deadlines.arm(key, undefined, standbyDelayMs);
      else this.sweep.deadlines.arm(key, undefined, dueMs + closeGraceMs + standbyDelayMs);
    });
    for (const key of unpinned) this.pinner.want(key, projections.sessionIdByKey(key) as string);
  }

  private setLive(isLive: boolean): void {
    this.sweep.isLive = isLive;
    this.pinner.isLive = isLive;
  }

  /** When there may be something to do; undefined: nothing in sight. */
  private nextMs(): number | undefined {
    const pinMs = this.pinner.nextMs() ?? Number.POSITIVE_INFINITY;
    const closeMs = this.sweep.nextMs() ?? Number.POSITIVE_INFINITY;
    const nextMs = Math.min(pinMs, closeMs);
    return nextMs === Number.POSITIVE_INFINITY ? undefined : nextMs;
  }
}

/** Builds the timeouts of opened projections from their rows. Call it before the projections are started. */
export const createTimeouts = (options: TimeoutsOptions): Timeouts => {
  const timeouts = new Timeouts(options);
  timeouts.load();
  // From here on it hears of changes.
  options.projections.observe(timeouts);
  return timeouts;
};
