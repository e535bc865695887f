import { StoreError, type FactsExtractor, type Position, type SubscriptionMessage } from '@lapse/store';
import type { Connection, Lane } from '../connection/lane.js';
import { tellsCaughtUp } from '../connection/server-info.js';
import { closedError, storeErrorOf } from '../errors.js';
import type { Furthest } from '../furthest.js';
import type { Names } from '../names.js';
import type { Deadlines, Trouble } from '../options.js';
import { comparePositions } from '../position.js';
import { pause, type Ambient } from '../time.js';
import { failureOf, type Failure } from '../wire/failure.js';
import type { ReadMessage } from '../wire/read-messages.js';
import type { AllReader } from './all.js';
import { Pager } from './pager.js';
import { ReadCall } from './read-call.js';
import { allRequest } from './requests.js';
import { headHere, startBehind, type OnThisNode, type Outcome } from './resume.js';

/** Nothing more came for so long after the last event: then there is nothing more. */
const QUIET_MS = 20;
/** The leader may know of an event a moment before this node delivers it. */
const SECOND_LOOK_MS = 1000;

/**
 * Up to 23.10 a server drops a live subscription when an append brings more events than it buffers. Nothing is missing before
 * that, so going on at once is right.
 */
const TOO_SLOW = /too slow/i;
/** So often in a row without a single event between. */
const FRUITLESS_RESUMES_MAX = 5;

export interface SubscriptionParts extends Ambient {
  readonly names: Names;
  readonly extractFacts: FactsExtractor;
  readonly deadlines: Deadlines;
  readonly all: AllReader;
  readonly furthest: Furthest;
  readonly onTrouble: (trouble: Trouble) => void;
}

export interface Wanted {
  readonly after: Position | 'start';
  readonly pageSizeMax: number;
  readonly streamPrefixes: readonly string[] | undefined;
  /** Ends the subscription. */
  readonly signal: AbortSignal;
  /** It is ended because the store is closed. */
  readonly isClosed: () => boolean;
}

/**
 * One subscription from its start to its first real trouble: it throws then, and whoever follows the log resumes behind the
 * last page it has handled. It never stays silent about events that are there.
 */
export class Subscription {
  private readonly pager: Pager;

  constructor(
    private readonly parts: SubscriptionParts,
    private readonly lane: Lane,
    private readonly wanted: Wanted,
  ) {
    this.pager = new Pager(parts.names, parts.extractFacts, wanted);
  }

  async *run(): AsyncGenerator<SubscriptionMessage, void, undefined> {
    for (let fruitless = 0; fruitless <= FRUITLESS_RESUMES_MAX; fruitless += 1) {
      const from = this.pager.scannedTo;
      const end = yield* this.once(await this.lane.connection());
      if (end === 'over') return;
      if (this.pager.scannedTo !== from) fruitless = 0;
      const message = `the server dropped a subscription that was too slow for it; resumed behind ${this.pager.scannedTo}`;
      this.parts.onTrouble({ kind: 'subscription-resumed', message });
    }
    throw new StoreError('store-busy', 'subscription: the server keeps dropping it as too slow');
  }

  private async *once(connection: Connection): AsyncGenerator<SubscriptionMessage, 'over' | 'too-slow', undefined> {
    const here = this.onNode(connection);
    const { scannedTo } = this.pager;
    const start = this.orLose(connection, await startBehind(here, scannedTo, () => this.parts.all.end()));
    if (this.isOver()) return 'over';
    if (start.kind === 'instead') {
      const message = `the event at ${scannedTo} is gone; going on with the next one, at ${start.event.position}`;
      this.parts.onTrouble({ kind: 'checkpoint-event-gone', message });
      yield* this.pager.accept([{ kind: 'event', event: start.event }]);
    }
    const head = this.orLose(connection, await headHere(here, this.parts.names, this.parts.deadlines.quietMs));
    if (this.isOver()) return 'over';
    const serverTells = await this.serverTellsCaughtUp(connection);
    if (this.isOver()) return 'over';
    // Without checkpoints the end of a log shared with others is a place that may never be reached.
    this.pager.begin(serverTells || head.isExact ? head.position : this.pager.scannedTo, serverTells);
    const call = this.open(connection);
    try {
      return yield* this.messages(call, connection);
    } finally {
      call.free();
    }
  }

  private open(connection: Connection): ReadCall {
    const request = allRequest({
      from: this.pager.scannedTo,
      direction: 'forwards',
      streamPrefix: this.parts.names.prefix,
      count: 'subscription',
    });
    const { signal, pageSizeMax } = this.wanted;
    return new ReadCall(connection, request, this.lane.metadata(false), signal, pageSizeMax);
  }

  private async *messages(
    call: ReadCall,
    connection: Connection,
  ): AsyncGenerator<SubscriptionMessage, 'over' | 'too-slow', undefined> {
    const { deadlines, sleep } = this.parts;
    for (;;) {
      if (this.pager.owesCaughtUp && (await this.isQuiet(call))) yield this.pager.caughtUp();
      if (this.isOver()) return 'over';
      const waitMs = this.pager.isConfirmed ? deadlines.silenceMs : deadlines.subscribeMs;
      const taken = await call.take(sleep, waitMs);
      if (this.isOver()) return 'over';
      switch (taken.kind) {
        case 'messages':
          this.lane.succeeded();
          this.parts.furthest.note(newestOf(taken.messages));
          yield* this.pager.accept(taken.messages);
          if (this.isOver()) return 'over';
          break;
        case 'idle':
          if (!this.pager.isConfirmed) this.lose(connection, 'the subscription was not confirmed in time');
          if (await this.isSilentAboutEvents(call)) this.loseSilent(connection);
          break;
        case 'failed':
          if (TOO_SLOW.test(taken.failure.message)) return 'too-slow';
          this.lane.failed(connection, taken.failure);
          throw this.errorOf(taken.failure);
        default:
          throw new StoreError('store-unavailable', 'subscription: the server ended it without a word');
      }
    }
  }

  /** Events of one append come one by one: whoever has the first of them has not caught up. */
  private async isQuiet(call: ReadCall): Promise<boolean> {
    return !(await call.hasNewsWithin(this.parts.sleep, QUIET_MS));
  }

  /** A node that was cut off keeps its subscriptions open, healthy to keepalive, and says nothing: only the leader knows. */
  private async isSilentAboutEvents(call: ReadCall): Promise<boolean> {
    const { all, sleep, deadlines } = this.parts;
    try {
      const { position, isExact } = await all.head(deadlines.subscribeMs);
      if (!isExact || comparePositions(position, this.pager.scannedTo) <= 0) return false;
    } catch {
      return false;
    }
    await pause(sleep, Math.min(SECOND_LOOK_MS, deadlines.silenceMs), this.wanted.signal);
    return !call.hasNews && !this.wanted.signal.aborted;
  }

  private loseSilent(connection: Connection): never {
    const message = `silent behind ${this.pager.scannedTo} though the leader has newer events`;
    this.parts.onTrouble({ kind: 'subscription-silent', message });
    return this.lose(connection, message);
  }

  private async serverTellsCaughtUp(connection: Connection): Promise<boolean> {
    try {
      return tellsCaughtUp(await this.lane.serverInfo(connection, this.parts.deadlines.subscribeMs));
    } catch (error) {
      return this.orLose(connection, { kind: 'failed', failure: failureOf(error) });
    }
  }

  private onNode(connection: Connection): OnThisNode {
    const { sleep, deadlines } = this.parts;
    return { lane: this.lane, connection, sleep, idleMs: deadlines.subscribeMs, signal: this.wanted.signal };
  }

  private orLose<T>(connection: Connection, outcome: Outcome<T>): T {
    if (outcome.kind === 'done') return outcome.value;
    this.lane.failed(connection, outcome.failure);
    throw this.errorOf(outcome.failure);
  }

  private lose(connection: Connection, why: string): never {
    this.lane.lose(connection, why);
    throw new StoreError('store-unavailable', `subscription: ${why}`);
  }

  private errorOf(failure: Failure): StoreError {
    return this.wanted.isClosed() ? closedError() : storeErrorOf(failure, 'subscription');
  }

  private isOver(): boolean {
    if (this.wanted.isClosed()) throw closedError();
    return this.wanted.signal.aborted;
  }
}

const newestOf = (messages: readonly ReadMessage[]): Position | undefined => {
  const newest = messages.findLast(({ kind }) => kind === 'event');
  return newest?.kind === 'event' ? newest.event.position : undefined;
};
