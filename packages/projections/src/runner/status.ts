import type { Place } from '../views/views.js';

/** New rows of a read model that are being built beside the live ones. */
export interface RebuildStatus {
  /** What will be swapped. */
  readonly names: readonly string[];
  readonly why: 'asked' | 'upgrade';
  /** `ready`: built, about to be swapped. `interrupted`: nobody works on it; the next run goes on from here. */
  readonly state: 'building' | 'ready' | 'interrupted';
  readonly position: Place;
  readonly target: Place;
  /** How much of the log is behind it, 0 to 1; undefined where the store's positions do not tell. */
  readonly share: number | undefined;
  readonly events: number;
  readonly eventsPerSecond: number | undefined;
  readonly etaSeconds: number | undefined;
  readonly parked: number;
  readonly startedAtMs: number;
  readonly updatedAtMs: number;
  readonly error: string | undefined;
}

/**
 * `catching-up`: what stood in the log at the start is being folded. `live`: everything is folded, new events come in.
 * `stalled`: the log has grown and nothing moves. `parked`: it has stopped on an error that somebody must look at.
 */
export type ProjectionState = 'catching-up' | 'live' | 'stalled' | 'parked';

export interface ProjectionStatus {
  readonly name: string;
  readonly version: number;
  readonly state: ProjectionState;
  readonly position: Place;
  /** The newest event when the log was last asked. */
  readonly head: Place;
  /** How many events stand between position and head; undefined where the store cannot tell. */
  readonly lagEvents: number | undefined;
  /** How old the newest folded event is while there are newer ones; 0 at the head. */
  readonly lagSeconds: number | undefined;
  readonly lastError: string | undefined;
  readonly parkedStreams: number;
  readonly rebuild?: RebuildStatus;
}
