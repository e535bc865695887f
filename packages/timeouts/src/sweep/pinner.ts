import type { Commands } from '@lapse/commands';
import type { Log } from '@lapse/projections';
import type { TimeoutLimits } from '../settings.js';
import type { TimeoutMetrics } from './metrics.js';
import { Pause } from './pause.js';

export interface PinnerParts {
  readonly commands: Pick<Commands, 'pinBareSession'>;
  readonly limits: TimeoutLimits;
  readonly nowMs: () => number;
  readonly metrics: TimeoutMetrics;
  readonly log: Log;
}

/**
 * Gives sessions whose writer knew nothing of configs the one that was in force when they opened. Until then nobody can say
 * when they lapse.
 */
export class Pinner {
  isLive = false;
  isDraining = false;
  /** By key; in the order in which they came. */
  private readonly waiting = new Map<number, string>();
  private readonly pause: Pause;
  private inFlight = 0;
  private idle: (() => void)[] = [];

  constructor(private readonly parts: PinnerParts) {
    this.pause = new Pause(parts.limits.retryDelayMsFirst, parts.limits.retryDelayMsMax);
  }

  get pending(): number {
    return this.waiting.size + this.inFlight;
  }

  want(key: number, sessionId: string): void {
    if (this.waiting.size < this.parts.limits.pinsWaitingMax) this.waiting.set(key, sessionId);
  }

  /** It is pinned, closed or parked: nothing is left to do. */
  forget(key: number): void {
    this.waiting.delete(key);
  }

  /** Those that wait; what is on its way goes on. */
  forgetAll(): void {
    this.waiting.clear();
  }

  private canWork(nowMs: number): boolean {
    return this.isLive && !this.isDraining && this.waiting.size > 0 && this.pause.isOver(nowMs);
  }

  /** When it can go on; undefined: nothing to do, or not yet. A pause ends by itself, however rarely the sweep looks. */
  nextMs(): number | undefined {
    return this.isLive && !this.isDraining && this.waiting.size > 0 ? this.pause.endsAtMs : undefined;
  }

  /** Resolves when those waiting have been pinned, as far as that works now. */
  async tick(nowMs: number): Promise<void> {
    this.takeMore(nowMs);
    await this.whenIdle();
  }

  whenIdle(): Promise<void> {
    return this.inFlight === 0 ? Promise.resolve() : new Promise((resolve) => this.idle.push(resolve));
  }

  private takeMore(nowMs: number): void {
    while (this.canWork(nowMs) && this.inFlight < this.parts.limits.pinsInFlightMax) {
      const [key, sessionId] = this.waiting.entries().next().value as [number, string];
      this.waiting.delete(key);
      void this.pin(key, sessionId);
    }
  }

  private async pin(key: number, sessionId: string): Promise<void> {
    const { commands, metrics } = this.parts;
    this.inFlight++;
    try {
      const answer = await commands.pinBareSession(sessionId);
      if (answer.kind === 'refused') this.failed(key, sessionId, answer.message);
      else {
        this.pause.succeeded();
        if (answer.kind === 'pinned') metrics.pinned++;
      }
    } catch (error) {
      this.failed(key, sessionId, error instanceof Error ? error.message : String(error));
    } finally {
      this.inFlight--;
      // By the clock as it stands now: a pause that began long after the tick did would look like one that a clock set back
      // has made too long.
      this.takeMore(this.parts.nowMs());
      if (this.inFlight === 0) for (const resolve of this.idle.splice(0)) resolve();
    }
  }

  private failed(key: number, sessionId: string, why: string): void {
    this.parts.metrics.pinFailures++;
    const nowMs = this.parts.nowMs();
    if (this.pause.isOver(nowMs)) this.pause.failed(nowMs);
    this.want(key, sessionId);
    this.parts.log({ level: 'warn', what: 'pin-failed', message: `session ${sessionId} has no limits yet: ${why}` });
  }
}
