import type { EventStore, Position } from '@lapse/store';
import type { GatewayLimits } from './limits.js';
import type { GatewayLogLine } from './options.js';
import type { LiveTail } from './read/live-tail.js';
import type { PendingIds } from './streams/pending-ids.js';
import type { RecentIds } from './streams/recent-ids.js';
import type { StreamLocks } from './streams/stream-locks.js';
import type { StreamStates } from './streams/stream-states.js';

/** What the parts of one gateway share. */
export interface Core {
  readonly store: EventStore;
  readonly positionToNumber: (position: Position) => number;
  readonly positionFromNumber: (number: number) => Position;
  readonly nowMs: () => number;
  readonly random: () => number;
  readonly limits: GatewayLimits;
  readonly log: (line: GatewayLogLine) => void;
  readonly isProtected: (stream: string) => boolean;
  readonly states: StreamStates;
  readonly locks: StreamLocks;
  readonly recentIds: RecentIds;
  readonly pendingIds: PendingIds;
  readonly tail: LiveTail;
}
