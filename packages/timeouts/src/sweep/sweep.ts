import type { Commands, SweepAnswer } from '@lapse/commands';
import { copyOf, timeoutDueAfterMs } from '@lapse/domain';
import type { Log, SessionHandle } from '@lapse/projections';
import { isTransient } from '@lapse/store';
import { SessionDeadlines, type DueSession } from '../deadlines/session-deadlines.js';
import type { TimeoutLimits, TimeoutSettings } from '../settings.js';
import type { ClockWatch } from './clock-watch.js';
import type { TimeoutMetrics } from './metrics.js';
import { Pause } from './pause.js';

export interface SweepParts {
  readonly commands: Pick<Commands, 'closeIfDue'>;
  /** A session that is a row only. */
  readonly load: (key: number) => Promise<SessionHandle | undefined>;
  readonly settings: TimeoutSettings;
  readonly limits: TimeoutLimits;
  readonly nowMs: () => number;
  readonly clock: ClockWatch;
  readonly metrics: TimeoutMetrics;
  readonly log: Log;
}

/** A close on its way: until the read models show it, or show that something else happened. */
interface Closing {
  readonly sentAtMs: number;
  knownAtMs: number | undefined;
  isSeen: boolean;
  /** Only while the store's clock is to be learnt. */
  storedAtMs: number | undefined;
}

/** Why nothing is taken at the moment. */
export type SweepState = 'sweeping' | 'waiting' | 'backing-off' | 'clock-off' | 'draining';

/**
 * Takes what is due, oldest first, and has it closed. It decides from the fold that the read models hold; the append at that
 * fold's revision settles whether it was right. Nothing leaves it while the read models are catching up.
 */
export class Sweep {
  readonly deadlines: SessionDeadlines;
  isLive = false;
  isDraining = false;
  private readonly closing = new Map<number, Closing>();
  private readonly pause: Pause;
  private unanswered = 0;
  private lastProbeAtMs = Number.NEGATIVE_INFINITY;
  private saidClockIsOff = false;
  /** The instant that the batch under way closes for; undefined between batches. */
  private sweepingForMs: number | undefined;
  private idle: (() => void)[] = [];

  constructor(private readonly parts: SweepParts) {
    this.deadlines = new SessionDeadlines(parts.limits.pendingMax);
    this.pause = new Pause(parts.limits.retryDelayMsFirst, parts.limits.retryDelayMsMax);
  }

  get inFlight(): number {
    return this.unanswered;
  }

  state(nowMs: number): SweepState {
    if (this.isDraining) return 'draining';
    if (!this.isLive) return 'waiting';
    if (this.parts.clock.verdict === 'off') return 'clock-off';
    return this.pause.isOver(nowMs) ? 'sweeping' : 'backing-off';
  }

  /** When it can go on; undefined: nothing in sight. A pause ends by itself, however rarely the sweep looks. */
  nextMs(): number | undefined {
    const soonestMs = this.deadlines.soonestMs();
    if (soonestMs === undefined || this.isDraining || !this.isLive) return undefined;
    const { clock, limits, nowMs } = this.parts;
    const { verdict } = clock;
    if (verdict === 'fine') return Math.max(soonestMs, this.pause.endsAtMs);
    // One close finds out how the clocks stand; what becomes of it wakes the sweep.
    if (this.closing.size > 0) return undefined;
    if (verdict === 'off') return this.lastProbeAtMs + limits.probeIntervalMs;
    const laterMs = nowMs() - clock.earlierNowMs(nowMs());
    return Math.max(soonestMs + laterMs, this.pause.endsAtMs);
  }

  /** The session stands as it is now: arms, moves or disarms its deadline. Returns when it is due, undefined for never. */
  arm(session: SessionHandle): number | undefined {
    const { closeGraceMs, standbyDelayMs = 0 } = this.parts.settings;
    const dueAfterMs = timeoutDueAfterMs(session.state, closeGraceMs);
    if (dueAfterMs === undefined) {
      this.deadlines.disarm(session.key);
      return undefined;
    }
    // A latched lapse is due at once (D6): not at an instant that a deadline could name.
    const isLatched = dueAfterMs === Number.NEGATIVE_INFINITY;
    const fromMs = isLatched ? (standbyDelayMs === 0 ? LONG_AGO_MS : this.parts.nowMs()) : dueAfterMs;
    this.deadlines.arm(session.key, session, fromMs + standbyDelayMs);
    return fromMs + standbyDelayMs;
  }

  /** The read models show what became of a session. True where a close of ours was the one that others wait for. */
  seen(session: SessionHandle, storedAtMs: () => number): boolean {
    const closing = this.closing.get(session.key);
    if (closing === undefined) return false;
    const wentAlone = this.parts.clock.verdict !== 'fine';
    this.followUp(session, closing, storedAtMs);
    return wentAlone && this.closing.size === 0;
  }

  private followUp(session: SessionHandle, closing: Closing, storedAtMs: () => number): void {
    if (session.state.status !== 'closed') {
      if (closing.knownAtMs !== undefined) this.closing.delete(session.key);
      return;
    }
    closing.isSeen = true;
    if (this.parts.clock.isLearning) closing.storedAtMs = storedAtMs();
    this.settle(session.key, closing);
  }

  /** Resolves when everything that was due at `nowMs` and may be closed has been answered for. */
  async tick(nowMs: number): Promise<void> {
    this.sweepingForMs = nowMs;
    this.takeMore(nowMs);
    await this.whenIdle();
  }

  /** Resolves when nothing is on its way. */
  whenIdle(): Promise<void> {
    return this.unanswered === 0 ? Promise.resolve() : new Promise((resolve) => this.idle.push(resolve));
  }

  private takeMore(nowMs: number): void {
    const room = this.roomAt(nowMs);
    if (room <= 0) return;
    const dueBeforeMs = this.parts.clock.verdict === 'fine' ? nowMs : this.parts.clock.earlierNowMs(nowMs);
    for (const due of this.deadlines.takeDue(dueBeforeMs, room)) void this.close(due, nowMs);
  }

  /** How many closes may set off now. */
  private roomAt(nowMs: number): number {
    const { limits, clock } = this.parts;
    // By the clock as it stands now: the tick may have begun long before the pause did.
    if (this.isDraining || !this.isLive || !this.pause.isOver(this.parts.nowMs())) return 0;
    const { verdict } = clock;
    if (verdict === 'off') return this.roomWithClockOff(nowMs);
    this.saidClockIsOff = false;
    if (verdict === 'unknown') return this.closing.size === 0 ? 1 : 0;
    return Math.min(limits.inFlightMax - this.unanswered, limits.unseenMax - this.closing.size);
  }

  private roomWithClockOff(nowMs: number): number {
    const { clock, limits, log } = this.parts;
    if (!this.saidClockIsOff) {
      const message = `this clock and the store's are ${clock.offsetMs} ms apart: nothing is closed until they agree`;
      log({ level: 'error', what: 'clock-off', message });
      this.saidClockIsOff = true;
    }
    if (this.closing.size > 0 || Math.abs(nowMs - this.lastProbeAtMs) < limits.probeIntervalMs) return 0;
    this.lastProbeAtMs = nowMs;
    return 1;
  }

  private async close({ key, session }: DueSession, nowMs: number): Promise<void> {
    const sentAtMs = this.parts.nowMs();
    const closing: Closing = { sentAtMs, knownAtMs: undefined, isSeen: false, storedAtMs: undefined };
    this.closing.set(key, closing);
    this.unanswered++;
    let known = session;
    try {
      known ??= await this.parts.load(key);
      if (known === undefined) throw new TypeError(`the row with key ${key} is gone`);
      const answer = await this.parts.commands.closeIfDue(copyOf(known.state), nowMs);
      this.answered(key, known, closing, answer);
    } catch (error) {
      this.failed(key, known, error);
    } finally {
      this.unanswered--;
      if (this.sweepingForMs !== undefined) this.takeMore(this.sweepingForMs);
      if (this.unanswered === 0) this.rest();
    }
  }

  private answered(key: number, session: SessionHandle, closing: Closing, answer: SweepAnswer): void {
    const { metrics, settings, limits } = this.parts;
    const nowMs = this.parts.nowMs();
    this.pause.succeeded();
    if (answer.kind === 'closed') {
      metrics.closed(answer.reason, nowMs - answer.deadlineAtMs - settings.closeGraceMs);
      closing.knownAtMs = nowMs;
      this.settle(key, closing);
      return;
    }
    metrics.lostRaces++;
    this.closing.delete(key);
    // The read models will show what happened. Should they show nothing, the session must not be forgotten.
    this.armAgain(key, session, nowMs + limits.recheckDelayMs);
  }

  private failed(key: number, session: SessionHandle | undefined, error: unknown): void {
    const { metrics, log, limits } = this.parts;
    const nowMs = this.parts.nowMs();
    metrics.failures++;
    this.closing.delete(key);
    const isStore = isTransient(error);
    if (isStore && this.pause.isOver(nowMs)) this.pause.failed(nowMs);
    this.armAgain(key, session, isStore ? nowMs : nowMs + limits.recheckDelayMs);
    const message = error instanceof Error ? error.message : String(error);
    log({ level: 'warn', what: 'close-failed', message: `${session?.state.stream ?? `row ${key}`}: ${message}` });
  }

  /** `session` is undefined for one whose row could not be loaded: what it says is found out at the next try. */
  private armAgain(key: number, session: SessionHandle | undefined, atMs: number): void {
    if (this.deadlines.isArmed(key)) return;
    if (session !== undefined && timeoutDueAfterMs(session.state, 0) === undefined) return;
    this.deadlines.arm(key, session, atMs);
  }

  /** Answered and seen: the close is over, and tells how the clocks stand. */
  private settle(key: number, { sentAtMs, knownAtMs, isSeen, storedAtMs }: Closing): void {
    if (knownAtMs === undefined || !isSeen) return;
    if (storedAtMs !== undefined) this.parts.clock.ownAppend(sentAtMs, knownAtMs, storedAtMs);
    this.closing.delete(key);
    if (this.sweepingForMs !== undefined) this.takeMore(this.sweepingForMs);
  }

  private rest(): void {
    this.sweepingForMs = undefined;
    for (const resolve of this.idle.splice(0)) resolve();
  }
}

const LONG_AGO_MS = 0;
