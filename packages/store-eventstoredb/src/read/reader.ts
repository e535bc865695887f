import type { ReadReq as Request } from '@eventstore/db-client/generated/streams_pb.js';
import { StoreError } from '@lapse/store';
import { Limiter } from '../connection/limiter.js';
import type { Connection, Lane } from '../connection/lane.js';
import { closedError, storeErrorOf } from '../errors.js';
import type { Deadlines, Limits, Trouble } from '../options.js';
import type { Furthest } from '../furthest.js';
import { manyListeners, pause, type Ambient } from '../time.js';
import type { Failure } from '../wire/failure.js';
import type { ReadMessage, WireEvent } from '../wire/read-messages.js';
import { ReadCall } from './read-call.js';

const BUFFERED_MESSAGES_MAX = 512;
const TRIES_MAX = 500;
/** How servers word that a position lies between two records. */
const BAD_POSITION = /Exception was thrown by handler|Unexpected ReadAllResult/;

export interface ReaderParts extends Ambient {
  readonly deadlines: Deadlines;
  readonly limits: Limits;
  readonly furthest: Furthest;
  readonly onTrouble: (trouble: Trouble) => void;
}

/** A read that ends, and how to go on with it where it broke off. */
export interface ReadPlan {
  readonly what: string;
  readonly lane: Lane;
  readonly requiresLeader: boolean;
  /** Asked for each try: what is still missing. */
  readonly request: () => Request;
  readonly onEvent: (event: WireEvent) => void;
  /** All that was asked for has come: a read that breaks off behind it is over, for nobody can ask for no event at all. */
  readonly isComplete?: () => boolean;
  /** The request names a position that the server may not have. */
  readonly fromPosition?: boolean;
  readonly signal?: AbortSignal | undefined;
  /** Instead of the store's own: all tries together. */
  readonly totalMs?: number;
  /** A server that looks through events of others says nothing meanwhile: after so long it is let be, which is no failure. */
  readonly quietMs?: number;
}

export type ReadEnd = 'complete' | 'no-stream' | 'gave-up';

type Try = { readonly kind: ReadEnd } | { readonly kind: 'failed'; readonly failure: Failure };

/** Reads that end: bounded at once, each try freed, continued where the last one broke off. */
export class Reader {
  private readonly limiters = new Map<Lane, Limiter>();
  private readonly stop = manyListeners(new AbortController());
  private readonly underWay = new Set<Promise<unknown>>();

  constructor(private readonly parts: ReaderParts) {}

  /** Throws a StoreError, or the reason of the plan's signal. */
  run(plan: ReadPlan): Promise<ReadEnd> {
    const work = this.limiterOf(plan.lane).run(() => this.tries(plan));
    this.underWay.add(work);
    const done = (): void => void this.underWay.delete(work);
    work.then(done, done);
    return work;
  }

  async close(): Promise<void> {
    this.stop.abort();
    await Promise.allSettled(this.underWay);
  }

  private limiterOf(lane: Lane): Limiter {
    const known = this.limiters.get(lane);
    if (known !== undefined) return known;
    const { readsInFlight, readsWaiting } = this.parts.limits;
    const busy = (): StoreError => new StoreError('store-busy', `${readsWaiting} reads wait already`);
    const limiter = new Limiter(readsInFlight, readsWaiting, busy);
    this.limiters.set(lane, limiter);
    return limiter;
  }

  private async tries(plan: ReadPlan): Promise<ReadEnd> {
    const { nowMs, deadlines, furthest, onTrouble } = this.parts;
    const signal = plan.signal === undefined ? this.stop.signal : AbortSignal.any([this.stop.signal, plan.signal]);
    const totalMs = plan.totalMs ?? deadlines.readTotalMs;
    let progressMs = nowMs();
    let last: WireEvent | undefined;
    const onEvent = (event: WireEvent): void => {
      progressMs = nowMs();
      last = event;
      plan.onEvent(event);
    };
    for (let tried = 1; ; tried += 1) {
      const leftMs = totalMs - Math.max(0, nowMs() - progressMs);
      const outcome = await this.once({ ...plan, onEvent }, signal, Math.min(deadlines.readIdleMs, leftMs));
      this.throwIfStopped(plan);
      furthest.note(last?.position);
      if (outcome.kind !== 'failed') return outcome.kind;
      if (plan.isComplete?.() === true) return 'complete';
      const { failure } = outcome;
      throwIfHopeless(plan, failure);
      if (nowMs() - progressMs >= totalMs || tried >= TRIES_MAX) throw storeErrorOf(failure, plan.what);
      if (tried === 1) onTrouble({ kind: 'read-retried', message: `${plan.what}: ${failure.message}` });
      const atOnce = failure.kind === 'not-leader' && failure.leader !== undefined && tried === 1;
      if (!atOnce) await this.backoff(tried, totalMs - Math.max(0, nowMs() - progressMs), signal);
      this.throwIfStopped(plan);
    }
  }

  private async once(plan: ReadPlan, signal: AbortSignal, idleMs: number): Promise<Try> {
    let connection: Connection;
    try {
      connection = await plan.lane.connection();
    } catch (error) {
      return { kind: 'failed', failure: { kind: 'not-sent', message: error instanceof Error ? error.message : '' } };
    }
    this.throwIfStopped(plan);
    const metadata = plan.lane.metadata(plan.requiresLeader);
    const call = new ReadCall(connection, plan.request(), metadata, signal, BUFFERED_MESSAGES_MAX);
    try {
      const outcome = await this.drain(call, plan, idleMs);
      if (outcome.kind === 'failed') plan.lane.failed(connection, outcome.failure);
      else plan.lane.succeeded();
      return outcome;
    } finally {
      call.free();
    }
  }

  private async drain(call: ReadCall, plan: ReadPlan, idleMs: number): Promise<Try> {
    for (;;) {
      const taken = await call.take(this.parts.sleep, Math.max(1, plan.quietMs ?? idleMs));
      if (taken.kind === 'failed') return taken.failure.kind === 'not-found' ? { kind: 'no-stream' } : taken;
      if (taken.kind === 'ended' || taken.kind === 'aborted') return { kind: 'complete' };
      if (taken.kind === 'idle' && plan.quietMs !== undefined) return { kind: 'gave-up' };
      if (taken.kind === 'idle') {
        const message = `nothing came for ${Math.round(idleMs)} ms`;
        return { kind: 'failed', failure: { kind: 'ambiguous', reconnect: true, message } };
      }
      for (const message of taken.messages) if (handle(message, plan) === 'no-stream') return { kind: 'no-stream' };
    }
  }

  private throwIfStopped(plan: ReadPlan): void {
    plan.signal?.throwIfAborted();
    if (this.stop.signal.aborted) throw closedError();
  }

  private async backoff(tried: number, leftMs: number, signal: AbortSignal): Promise<void> {
    const { sleep, random, deadlines } = this.parts;
    const ceiling = Math.min(deadlines.backoffMaxMs, deadlines.backoffFirstMs * 2 ** Math.min(tried, 30));
    const waitMs = deadlines.backoffFirstMs + random() * Math.max(0, ceiling - deadlines.backoffFirstMs);
    await pause(sleep, Math.max(0, Math.min(waitMs, leftMs)), signal);
  }
}

const handle = (message: ReadMessage, plan: ReadPlan): 'no-stream' | undefined => {
  if (message.kind === 'event') plan.onEvent(message.event);
  else if (message.kind === 'no-stream') return 'no-stream';
  else if (message.kind === 'undecodable') {
    throw new StoreError('store-corrupt', `${plan.what}: an event that cannot be read: ${message.reason}`);
  }
  return undefined;
};

const throwIfHopeless = (plan: ReadPlan, failure: Failure): void => {
  const badPlace = failure.kind === 'fatal' || (failure.kind === 'ambiguous' && BAD_POSITION.test(failure.message));
  if (plan.fromPosition === true && badPlace) {
    throw new StoreError('bad-position', `${plan.what}: the log has no record at this position: ${failure.message}`);
  }
  if (failure.kind === 'ambiguous' || failure.kind === 'not-sent' || failure.kind === 'not-leader') return;
  throw storeErrorOf(failure, plan.what);
};
