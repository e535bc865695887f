import {
  StoreError,
  type AllPage,
  type AppendResult,
  type EventStore,
  type EventToAppend,
  type ExpectedRevision,
  type Position,
  type ReadAllOptions,
  type ReadStreamOptions,
  type StoreErrorCode,
  type StreamPage,
  type SubscribeOptions,
  type SubscriptionMessage,
} from '@lapse/store';
import type { Random } from '../oracle/random.js';
import { chance } from '../oracle/random.js';
import type { Owner } from '../world/owner.js';
import type { Scheduler } from '../world/scheduler.js';
import type { FaultCounts } from './fault-counts.js';
import { FaultySubscription, type HowItBreaks } from './faulty-subscription.js';
import { REPEATED_EVENTS_MAX, SAYS, SLOW_CALL_MS_MAX, type StoreFaults } from './store-faults.js';

export interface FaultyStoreParts {
  /** The log itself, which never fails. */
  readonly disk: EventStore;
  readonly scheduler: Scheduler;
  /** The engine that calls; what it waits for ends with its life. */
  readonly owner: Owner;
  /** The store itself, which lives on. */
  readonly storeOwner: Owner;
  readonly faults: StoreFaults;
  readonly random: Random;
  readonly counts: FaultCounts;
  /** A stranger writes to the stream. */
  readonly intrude: (stream: string) => Promise<void>;
  /** Told whenever the engine is about to wait: the last moment at which it may die before it does. */
  readonly onWait: () => void;
}

const storeError = (code: StoreErrorCode): StoreError => new StoreError(code, SAYS[code] ?? code);

type AppendFate = 'applied' | 'answer-lost' | 'request-lost' | 'refused';

/**
 * One engine's way to the store. Each call waits for the scheduler before and after the one step in which it touches the
 * log, so that calls of all engines interleave as the seed has it, and fails as the switches have it.
 */
export class FaultyStore implements EventStore {
  private readonly subscriptions = new Set<FaultySubscription>();
  private hasSubscribed = false;

  constructor(private readonly parts: FaultyStoreParts) {}

  get tellsRepeats(): boolean {
    return this.parts.disk.tellsRepeats;
  }

  async append(
    stream: string,
    events: readonly EventToAppend[],
    expectedRevision: ExpectedRevision,
  ): Promise<AppendResult> {
    const { scheduler, owner, disk, faults, counts, intrude } = this.parts;
    await this.enter('append');
    if (scheduler.nowMs < faults.diskFullUntilMs) {
      counts.count('disk full');
      throw storeError('disk-full');
    }
    const fate = this.drawFate();
    if (fate === 'refused') throw storeError('store-unavailable');
    if (fate === 'request-lost') throw storeError('append-ambiguous');
    if (this.draws('intruded')) {
      counts.count('append lost a race to a stranger');
      await intrude(stream);
    }
    // The request is on its way: a store that has received it goes on without its sender.
    const receiver = chance(this.parts.random, 0.5) ? this.parts.storeOwner : owner;
    this.parts.onWait();
    const result = await scheduler.step(receiver).then(() => {
      if (!owner.alive) counts.count('append applied after its engine had died');
      return disk.append(stream, events, expectedRevision);
    });
    await this.step();
    if (fate === 'answer-lost') throw storeError('append-ambiguous');
    return result;
  }

  async readStream(stream: string, options?: ReadStreamOptions): Promise<StreamPage> {
    return this.read(() => this.parts.disk.readStream(stream, options));
  }

  async readAll(options: ReadAllOptions): Promise<AllPage> {
    return this.read(() => this.parts.disk.readAll(options));
  }

  async headPosition(): Promise<Position | 'start'> {
    return this.read(() => this.parts.disk.headPosition());
  }

  async identity(): Promise<string> {
    return this.read(() => this.parts.disk.identity());
  }

  subscribe(options: SubscribeOptions): AsyncIterable<SubscriptionMessage> {
    return { [Symbol.asyncIterator]: () => this.openSubscription(options) };
  }

  comparePositions(a: Position | 'start', b: Position | 'start'): number {
    return this.parts.disk.comparePositions(a, b);
  }

  /** The log outlives every engine. */
  close(): Promise<void> {
    return Promise.resolve();
  }

  breakSubscriptions(how: HowItBreaks): number {
    for (const subscription of this.subscriptions) subscription.break(how);
    return this.subscriptions.size;
  }

  /** Its engine is dead: what it holds of the log is let go. */
  abandon(): void {
    for (const subscription of this.subscriptions) subscription.abandon();
    this.subscriptions.clear();
  }

  /** A call sets off: now, later, or not at all. */
  async enter(what: 'append' | 'read'): Promise<void> {
    const { scheduler, owner, faults, counts, random } = this.parts;
    await this.step();
    if (this.draws('slow')) {
      counts.count('slow call');
      await scheduler.sleep(random() * SLOW_CALL_MS_MAX, owner);
    }
    if (scheduler.nowMs < faults.unavailable.untilMs) await this.meetUnavailable();
    if (what === 'read' && this.draws('readFailed')) {
      counts.count('read failed');
      throw storeError('store-unavailable');
    }
  }

  private async meetUnavailable(): Promise<void> {
    const { scheduler, owner, faults, counts } = this.parts;
    const { untilMs, how, waitUntilMs } = faults.unavailable;
    if (how === 'hangs') {
      counts.count('store unavailable, calls hang');
      return scheduler.sleep(untilMs - scheduler.nowMs, owner);
    }
    if (how === 'times-out' && scheduler.nowMs < waitUntilMs) {
      counts.count('store unavailable, calls time out');
      await scheduler.sleep(waitUntilMs - scheduler.nowMs, owner);
    } else counts.count('store unavailable, calls rejected');
    throw storeError('store-unavailable');
  }

  private async read<T>(look: () => Promise<T>): Promise<T> {
    await this.enter('read');
    const seen = await look();
    await this.step();
    return seen;
  }

  private step(): Promise<void> {
    const { scheduler, owner, onWait } = this.parts;
    onWait();
    return scheduler.step(owner);
  }

  private openSubscription(options: SubscribeOptions): FaultySubscription {
    const { disk, scheduler, owner, faults } = this.parts;
    const after = this.resumesAt(options.after);
    const subscription = new FaultySubscription(
      {
        open: (signal) => disk.subscribe({ ...options, after, signal }),
        signal: options.signal,
        enter: () => this.enter('read'),
        step: () => this.step(),
        stalled: async () => {
          const waitMs = faults.stalledUntilMs - scheduler.nowMs;
          if (waitMs > 0) await scheduler.sleep(waitMs, owner);
        },
      },
      () => this.subscriptions.delete(subscription),
    );
    this.subscriptions.add(subscription);
    return subscription;
  }

  /** Positions of the log in memory count its events. */
  private resumesAt(after: Position | 'start'): Position | 'start' {
    const isResumed = this.hasSubscribed;
    this.hasSubscribed = true;
    if (after === 'start' || !isResumed || !this.draws('repeats')) return after;
    this.parts.counts.count('subscription repeated events on resuming');
    const earlier = Number(after) - 1 - Math.floor(this.parts.random() * REPEATED_EVENTS_MAX);
    return earlier > 0 ? (String(earlier) as Position) : 'start';
  }

  private drawFate(): AppendFate {
    const { counts } = this.parts;
    if (this.draws('refused')) {
      counts.count('append refused as unavailable');
      return 'refused';
    }
    if (this.draws('requestLost')) {
      counts.count('append answered not known, was not applied');
      return 'request-lost';
    }
    if (!this.draws('answerLost')) return 'applied';
    counts.count('append answered not known, was applied');
    return 'answer-lost';
  }

  private draws(rate: keyof ReturnType<StoreFaults['ratesAt']>): boolean {
    const share = this.parts.faults.ratesAt(this.parts.scheduler.nowMs)[rate];
    return share > 0 && chance(this.parts.random, share);
  }
}
