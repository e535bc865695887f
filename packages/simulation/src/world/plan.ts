import type { FlakyRates, HowUnavailable } from '../faults/store-faults.js';
import type { Settings } from '../oracle/world.js';

/** An engine of a world: how it is set up, and how its clock goes. */
export interface EnginePlan {
  readonly sweepIntervalMs: number;
  readonly standbyDelayMs: number;
  readonly clockOffsetMs: number;
  readonly clockDriftPpm: number;
  /** Nobody tells it how far the store's clock is ahead; it learns that from its own closes. */
  readonly learnsClock: boolean;
  readonly cachedSessionsMax: number;
  readonly pageSizeMax: number;
  /** Runs from the beginning; otherwise a step starts it. */
  readonly startsAtOnce: boolean;
}

export interface PlannedEvent {
  readonly id: string;
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
  /** Left out: the time of receipt counts. */
  readonly occurredAtMs?: number;
}

/** A stranger's event, past every check; `broken` cannot be parsed, `newer` is of a schema that nobody knows yet. */
export interface StrangersEvent extends PlannedEvent {
  readonly occurredAtMs: number;
  readonly broken?: boolean;
  readonly newer?: boolean;
}

/** Whom a step concerns: an engine by its number, or all of them. */
export type Target = number | 'all';

/** One thing that somebody does or that goes wrong. A world is played from a list of them. */
export type Step = { readonly atMs: number } & (
  | {
      readonly do: 'open';
      readonly sessionId: string;
      readonly event: PlannedEvent;
      readonly engine: number;
      readonly copies: number;
    }
  | {
      readonly do: 'send';
      readonly sessionId: string;
      readonly events: readonly PlannedEvent[];
      readonly onClosed: 'refuse' | 'open-new';
      readonly expectedRevision?: number;
      readonly engine: number;
      /** How many senders send it at once, each to another engine. */
      readonly copies: number;
    }
  | {
      readonly do: 'configure';
      readonly merchantId: string;
      readonly action: 'rollout' | 'change' | 'revert';
      readonly value: number;
      readonly engine: number;
    }
  | { readonly do: 'read'; readonly sessionId: string; readonly merchantId: string; readonly engine: number }
  | { readonly do: 'stranger'; readonly stream: string; readonly events: readonly StrangersEvent[] }
  | {
      readonly do: 'kill';
      readonly engine: number;
      readonly downMs: number;
      readonly loseViews: boolean;
      /** How often it may still begin to wait for the store before it dies; left out: it dies at once. */
      readonly afterWaits?: number;
    }
  | { readonly do: 'stop'; readonly engine: number; readonly downMs: number; readonly loseViews: boolean }
  | { readonly do: 'start'; readonly engine: number }
  | { readonly do: 'unavailable'; readonly engine: Target; readonly forMs: number; readonly how: HowUnavailable }
  | { readonly do: 'flaky'; readonly engine: Target; readonly forMs: number; readonly rates: FlakyRates }
  | { readonly do: 'disk-full'; readonly engine: Target; readonly forMs: number }
  | { readonly do: 'views-full'; readonly engine: number; readonly forMs: number }
  | { readonly do: 'subscription'; readonly engine: number; readonly how: 'drop' | 'end' }
  | { readonly do: 'stall'; readonly engine: number; readonly forMs: number }
  | { readonly do: 'clock'; readonly engine: number; readonly offsetMs: number }
  | {
      readonly do: 'operate';
      readonly engine: number;
      readonly what: 'rebuild-all' | 'rebuild-one' | 'retry' | 'skip';
    }
  | { readonly do: 'check' }
);

/** All that a world is made of: with it and its seed it plays out the same again. */
export interface Plan {
  readonly seed: number;
  readonly startMs: number;
  readonly settings: Settings;
  readonly engines: readonly EnginePlan[];
  /** In the order of their instants. */
  readonly steps: readonly Step[];
  readonly endsAtMs: number;
  /** How long it is left alone afterwards, with everything mended, before all that is due must have been written. */
  readonly restMs: number;
}
