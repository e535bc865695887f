import type { CloseReason } from '@lapse/domain';
import { Histogram } from '@lapse/projections';

/** What the sweep has done since the start. Lateness counts from deadline + grace to the acknowledged close. */
export class TimeoutMetrics {
  readonly closedByReason = new Map<CloseReason, number>();
  readonly latenessMs = new Histogram();
  /** Somebody else was faster, or the session was not due after all. */
  lostRaces = 0;
  failures = 0;
  pinned = 0;
  pinFailures = 0;

  closed(reason: CloseReason, latenessMs: number): void {
    this.closedByReason.set(reason, (this.closedByReason.get(reason) ?? 0) + 1);
    this.latenessMs.add(Math.max(0, latenessMs));
  }

  get closedCount(): number {
    return this.latenessMs.count;
  }
}
