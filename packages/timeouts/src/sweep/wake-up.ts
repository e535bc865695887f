import type { SetTimer } from '@lapse/projections';

export interface WakeUpOptions {
  readonly setTimer: SetTimer;
  readonly nowMs: () => number;
  /** The longest sleep: a clock that is set forward is noticed by then. */
  readonly intervalMs: number;
  readonly spacingMs: number;
  /** When there will be something to do; undefined: nothing in sight. */
  readonly nextMs: () => number | undefined;
  /** Must not reject. */
  readonly work: () => Promise<void>;
}

/** Sleeps until something is due, works, sleeps again. One timer. */
export class WakeUp {
  private cancel: (() => void) | undefined;
  private wakesAtMs = Number.POSITIVE_INFINITY;
  private isWorking = false;
  private isRunning = false;

  constructor(private readonly options: WakeUpOptions) {}

  start(): void {
    if (this.isRunning) return;
    this.isRunning = true;
    this.soon();
  }

  stop(): void {
    this.isRunning = false;
    this.cancel?.();
    this.cancel = undefined;
  }

  /** Something may be due right after `dueMs`: do not sleep past it. */
  by(dueMs: number): void {
    if (!this.isRunning || this.isWorking || dueMs + 1 >= this.wakesAtMs) return;
    this.sleepFor(dueMs + 1 - this.options.nowMs());
  }

  soon(): void {
    if (this.isRunning && !this.isWorking) this.sleepFor(0);
  }

  private sleepFor(ms: number): void {
    this.cancel?.();
    const { intervalMs, spacingMs, setTimer, nowMs } = this.options;
    const delayMs = Math.min(Math.max(Math.ceil(ms), spacingMs), intervalMs);
    this.wakesAtMs = nowMs() + delayMs;
    this.cancel = setTimer(delayMs, () => void this.wake());
  }

  private async wake(): Promise<void> {
    this.cancel = undefined;
    this.isWorking = true;
    await this.options.work();
    this.isWorking = false;
    if (!this.isRunning) return;
    const nextMs = this.options.nextMs();
    this.sleepFor(nextMs === undefined ? this.options.intervalMs : nextMs + 1 - this.options.nowMs());
  }
}
