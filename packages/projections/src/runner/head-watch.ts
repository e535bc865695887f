import type { EventStore } from '@lapse/store';
import type { ProjectionLimits } from '../limits.js';
import type { SetTimer } from '../timer.js';
import type { Place } from '../views/views.js';

interface HeadWatchOptions {
  readonly store: EventStore;
  readonly limits: ProjectionLimits;
  readonly nowMs: () => number;
  readonly setTimer: SetTimer;
}

/** Asks the log how far it has grown: a projection that stands still while it grows has stalled, and must say so. */
export class HeadWatch {
  head: Place = 'start';
  private behindSinceMs: number | undefined;
  private isStarted = false;

  constructor(
    private readonly options: HeadWatchOptions,
    private readonly positionNow: () => Place,
    private readonly signal: AbortSignal,
    private readonly onError: (error: unknown) => void,
    private readonly onSeen: () => void,
  ) {}

  start(): void {
    if (this.isStarted) return;
    this.isStarted = true;
    const cancel = this.askLater();
    this.signal.addEventListener('abort', cancel);
  }

  /** Progress was made. */
  moved(): void {
    if (this.behindSinceMs !== undefined) this.behindSinceMs = this.options.nowMs();
  }

  caughtUp(): void {
    this.behindSinceMs = undefined;
    if (this.compare(this.positionNow(), this.head) > 0) this.head = this.positionNow();
  }

  get isBehind(): boolean {
    return this.compare(this.head, this.positionNow()) > 0;
  }

  get isStalled(): boolean {
    const { behindSinceMs } = this;
    return behindSinceMs !== undefined && this.options.nowMs() - behindSinceMs > this.options.limits.stalledAfterMs;
  }

  async ask(): Promise<void> {
    try {
      this.head = await this.options.store.headPosition();
      if (!this.isBehind) this.behindSinceMs = undefined;
      else this.behindSinceMs ??= this.options.nowMs();
      this.onSeen();
    } catch (error) {
      // A store that does not answer cannot tell how far behind we are: that is a stall as well, if it lasts.
      this.behindSinceMs ??= this.options.nowMs();
      this.onError(error);
    }
  }

  private compare(a: Place, b: Place): number {
    return this.options.store.comparePositions(a, b);
  }

  private askLater(): () => void {
    let cancel = (): void => undefined;
    const next = (): void => {
      if (this.signal.aborted) return;
      cancel = this.options.setTimer(this.options.limits.headIntervalMs, () => void this.ask().then(next));
    };
    next();
    return () => cancel();
  }
}
