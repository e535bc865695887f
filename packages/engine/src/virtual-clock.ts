import type { Engine } from './engine.js';

/** More than the longest standing limit, so that each step ends whatever ran out by itself. */
const STEP_MS = 24 * 60 * 60_000;
const STEPS_MAX = 100_000;
const CATCH_UP_MS = 600_000;

/** What a moved clock needs of an engine. */
export type PlayedEngine = Pick<Engine, 'caughtUp' | 'timeouts'>;

/** A clock that somebody moves. It never goes back. */
export class VirtualClock {
  private atMs = 0;
  readonly nowMs = (): number => this.atMs;

  moveTo(nowMs: number): void {
    this.atMs = Math.max(this.atMs, nowMs);
  }
}

/** Moves an engine's clock and closes all that has lapsed by then, as a sweep at that instant would. */
export const advanceEngine = async (engine: PlayedEngine, clock: VirtualClock, nowMs: number): Promise<void> => {
  await engine.caughtUp(CATCH_UP_MS);
  clock.moveTo(nowMs);
  await engine.timeouts.tick(clock.nowMs());
};

/** Runs the clock on until no deadline is pending; false where some still are after the bound of this loop. */
export const runOutClock = async (engine: PlayedEngine, clock: VirtualClock): Promise<boolean> => {
  for (let step = 0; step < STEPS_MAX; step++) {
    await engine.caughtUp(CATCH_UP_MS);
    const { pending, pinsPending, nextDueMs = 0 } = engine.timeouts.status();
    if (pending === 0 && pinsPending === 0) return true;
    await advanceEngine(engine, clock, Math.max(clock.nowMs(), nextDueMs) + STEP_MS);
  }
  return false;
};
