/** What can go wrong in a world, by the names under which it is counted. */
export const FAULT_KINDS = [
  'append answered not known, was applied',
  'append answered not known, was not applied',
  'append refused as unavailable',
  'append lost a race to a stranger',
  'append applied after its engine had died',
  'disk full',
  'store unavailable, calls rejected',
  'store unavailable, calls hang',
  'store unavailable, calls time out',
  'slow call',
  'read failed',
  'subscription dropped',
  'subscription ended cleanly',
  'subscription stalled',
  'subscription repeated events on resuming',
  'engine killed',
  'engine stopped',
  'views.db deleted',
  'views.db full',
  'clock set forward',
  'clock set back',
  'message sent twice at once',
  'message sent again later',
  'message from a clock ahead',
  'message long after it happened',
  'bare opening by a stranger',
  'other event by a stranger',
  'unreadable event',
  'read models rebuilt beside the live ones',
  'parked stream retried or skipped',
] as const;

export type FaultKind = (typeof FAULT_KINDS)[number];

/** How often each happened. */
export class FaultCounts {
  private readonly counts = new Map<FaultKind, number>();

  count(kind: FaultKind, times = 1): void {
    this.counts.set(kind, (this.counts.get(kind) ?? 0) + times);
  }

  add(other: FaultCounts): void {
    for (const [kind, times] of other.counts) this.count(kind, times);
  }

  /** In the order of {@link FAULT_KINDS}, zeros included. */
  entries(): readonly (readonly [FaultKind, number])[] {
    return FAULT_KINDS.map((kind) => [kind, this.counts.get(kind) ?? 0] as const);
  }

  get total(): number {
    return this.entries().reduce((sum, [, times]) => sum + times, 0);
  }
}
