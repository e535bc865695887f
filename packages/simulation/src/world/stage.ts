import type { EventStore } from '@lapse/store';
import type { FaultCounts } from '../faults/fault-counts.js';
import type { Ledger } from '../traffic/ledger.js';
import type { Sender } from '../traffic/sender.js';
import type { Failure } from './failure.js';
import type { Owner } from './owner.js';
import type { Plan, StrangersEvent } from './plan.js';
import type { Scheduler } from './scheduler.js';
import type { SimulatedEngine } from './simulated-engine.js';

/** What may be asked of a world while it plays and afterwards. */
export interface Stage {
  readonly plan: Plan;
  readonly scheduler: Scheduler;
  readonly disk: EventStore;
  readonly engines: readonly SimulatedEngine[];
  readonly sender: Sender;
  readonly ledger: Ledger;
  readonly counts: FaultCounts;
  /** Where strangers wrote. */
  readonly strangers: ReadonlySet<string>;
  /** Whoever acts here never dies. */
  readonly owner: Owner;
  readonly failures: Failure[];
  strangerWrites(stream: string, events: readonly StrangersEvent[]): Promise<void>;
}
