import type { Commands, PinAnswer, SweepAnswer } from '@lapse/commands';
import { standardPolicy, timeoutClose, unseen, type SessionState } from '@lapse/domain';
import type { LogLine, Projections, SessionHandle, SessionsObserver } from '@lapse/projections';
import { createTimeouts, type Timeouts, type TimeoutsOptions } from '../../src/index.js';
import { GRACE_MS, ManualClock, MINUTE_MS, sessionId, T0 } from './world.js';

/** An open session that an agent answered at `anchorAtMs`, 20 minutes before its deadline. */
export const waitingSession = (key: number, anchorAtMs = T0): SessionHandle & { readonly state: SessionState } => {
  const state = unseen(`session-${sessionId(key)}`);
  Object.assign(state, {
    status: 'open',
    revision: 2,
    pin: { ...standardPolicy(20), version: 1, merchantRevision: 0 },
    rule: 'buyer-silent',
    anchorRevision: 2,
    anchorType: 'message-from-agent',
    anchorAtMs,
    timeAtMs: anchorAtMs,
  } satisfies Partial<SessionState>);
  return { key, id: sessionId(key), state };
};

export const bareSession = (key: number): SessionHandle => {
  const handle = waitingSession(key);
  Object.assign(handle.state, { status: 'unpinned', pin: undefined, revision: 0 });
  return handle;
};

/** When a {@link waitingSession} may be closed: after this instant. */
export const dueAfterMs = (anchorAtMs = T0): number => anchorAtMs + 20 * MINUTE_MS + GRACE_MS;

/**
 * Timeouts between read models that say what they are told to say and commands that do what they are told to do. Everything
 * that is asked of the commands is noted with its instant.
 */
export class Desk {
  readonly clock = new ManualClock();
  readonly closes: { readonly key: number; readonly atMs: number }[] = [];
  readonly pins: { readonly key: number; readonly atMs: number }[] = [];
  readonly lines: LogLine[] = [];
  readonly sessions = new Map<number, SessionHandle>();
  /** What the next closes are answered. */
  onClose: (state: SessionState) => Promise<SweepAnswer> = (state) =>
    Promise.resolve({
      kind: 'closed',
      reason: state.rule,
      deadlineAtMs: timeoutClose(state).event.occurredAtMs,
      revision: 3,
    });
  onPin: (key: number) => Promise<PinAnswer> = () => Promise.reject(new Error('no pin expected'));
  load: (key: number) => Promise<SessionHandle | undefined> = (key) => Promise.resolve(this.sessions.get(key));
  rows: readonly (readonly [key: number, dueAtMs: number])[] = [];
  private observer: SessionsObserver | undefined;

  timeouts(given: Partial<TimeoutsOptions> = {}): Timeouts {
    const commands: Pick<Commands, 'closeIfDue' | 'pinBareSession'> = {
      closeIfDue: (state) => {
        this.closes.push({ key: keyOf(state.stream.slice('session-'.length)), atMs: this.clock.nowMs });
        return this.onClose(state);
      },
      pinBareSession: (id) => {
        this.pins.push({ key: keyOf(id), atMs: this.clock.nowMs });
        return this.onPin(keyOf(id));
      },
    };
    const projections: Pick<Projections, 'observe' | 'eachDue' | 'sessionByKey' | 'sessionIdByKey'> = {
      observe: (observer) => void (this.observer = observer),
      eachDue: (visit) => this.rows.forEach(([key, dueAtMs]) => visit(key, dueAtMs)),
      sessionByKey: (key) => this.load(key),
      sessionIdByKey: (key) => sessionId(key),
    };
    return createTimeouts({
      commands,
      projections,
      settings: { closeGraceMs: GRACE_MS, clockSkewMs: 5_000 },
      nowMs: () => this.clock.nowMs,
      storeClockOffsetMs: () => 0,
      log: (line) => this.lines.push(line),
      ...given,
    });
  }

  /** The read models show a session. */
  shows(session: SessionHandle): void {
    this.sessions.set(session.key, session);
    this.observer?.onSession(session, { storedAtMs: this.clock.nowMs });
  }
  caughtUp(): void {
    this.observer?.onCaughtUp?.();
  }
  behind(): void {
    this.observer?.onBehind?.();
  }

  /** Moves the clock from timer to timer; what each sets off is over before the next. */
  async runTo(atMs: number): Promise<void> {
    for (let turns = 0; this.clock.nextTimerMs <= atMs; turns++) {
      if (turns > TURNS_MAX) throw new Error('it wakes up again and again');
      this.clock.set(Math.max(this.clock.nowMs, this.clock.nextTimerMs));
      await new Promise((resolve) => setImmediate(resolve));
    }
    this.clock.set(atMs);
    await new Promise((resolve) => setImmediate(resolve));
  }

  get closedKeys(): number[] {
    return this.closes.map(({ key }) => key);
  }
}

const TURNS_MAX = 5_000;
const keyOf = (id: string): number => Number(id.slice(4));
