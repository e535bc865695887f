import type { Random } from '../oracle/random.js';
import type { Owner } from './owner.js';
import { TimerHeap, type Timer } from './timer-heap.js';

interface ReadyStep {
  readonly owner: Owner;
  readonly run: () => void;
}

/** A world in which steps follow upon steps without time passing would never end. */
const STEPS_MAX = 300_000;

/** Lets everything that follows from a step happen: promises only, there is no real I/O in a world. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/**
 * Virtual time, and the order of everything in it. Of all the steps that could be taken next a seeded number picks one;
 * time moves to the next timer when nothing is ready. The same seed and the same calls give the same order.
 */
export class Scheduler {
  /** Epoch milliseconds. */
  nowMs: number;
  steps = 0;
  private readonly ready: ReadyStep[] = [];
  private readonly timers = new TimerHeap();

  constructor(
    startMs: number,
    private readonly random: Random,
  ) {
    this.nowMs = startMs;
  }

  /** Resolves when the scheduler picks it. Never, once the owner is dead. */
  step(owner: Owner): Promise<void> {
    return new Promise((resolve) => this.ready.push({ owner, run: resolve }));
  }

  /** Runs `run` after `delayMs`, as a step among those of its instant. Returns what cancels it. */
  after(delayMs: number, owner: Owner, run: () => void): () => void {
    const timer: Timer = { atMs: this.nowMs + Math.max(0, Math.ceil(delayMs)), owner, run, cancelled: false };
    this.timers.push(timer);
    return () => {
      timer.cancelled = true;
    };
  }

  sleep(delayMs: number, owner: Owner): Promise<void> {
    return new Promise((resolve) => this.after(delayMs, owner, resolve));
  }

  /** Takes every step up to an instant, and those that follow from them at it. */
  async runUntil(untilMs: number): Promise<void> {
    await settled();
    for (;;) {
      const step = this.takeReady() ?? this.takeTimers(untilMs);
      if (step === undefined) break;
      if (step === 'time moved') continue;
      this.steps += 1;
      if (this.steps > STEPS_MAX) throw new Error(`more than ${STEPS_MAX} steps: the world does not come to rest`);
      step.run();
      await settled();
    }
    this.nowMs = Math.max(this.nowMs, untilMs);
  }

  private takeReady(): ReadyStep | undefined {
    while (this.ready.length > 0) {
      const at = Math.floor(this.random() * this.ready.length);
      const step = this.ready[at] as ReadyStep;
      this.ready[at] = this.ready[this.ready.length - 1] as ReadyStep;
      this.ready.pop();
      if (step.owner.alive) return step;
    }
    return undefined;
  }

  /** Everything of the next instant becomes ready at once. */
  private takeTimers(untilMs: number): 'time moved' | undefined {
    const atMs = this.timers.nextMs();
    if (atMs === undefined || atMs > untilMs) return undefined;
    this.nowMs = atMs;
    for (;;) {
      const timer = this.timers.takeAt(atMs);
      if (timer === undefined) return 'time moved';
      const { owner } = timer;
      this.ready.push({
        owner,
        run: () => {
          if (!timer.cancelled) timer.run();
        },
      });
    }
  }
}
