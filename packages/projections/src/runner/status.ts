import type { Place } from '../views/views.js';

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
}
