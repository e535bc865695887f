import { StoreError, type Position } from '@lapse/store';
import type { Connection, Lane } from '../connection/lane.js';
import type { Names } from '../names.js';
import { comparePositions } from '../position.js';
import type { Sleep } from '../time.js';
import type { Failure } from '../wire/failure.js';
import type { WireEvent } from '../wire/read-messages.js';
import { findHead, type Head, type HeadRead } from './head.js';
import { ReadCall } from './read-call.js';
import { allRequest, type AllRequest } from './requests.js';

const NO_ANSWER: Failure = { kind: 'ambiguous', reconnect: true, message: 'no answer to a read' };

/** A read on one given connection, once: what a subscription on that connection will see, not what another node knows. */
export interface OnThisNode {
  readonly lane: Lane;
  readonly connection: Connection;
  readonly sleep: Sleep;
  readonly idleMs: number;
  readonly signal: AbortSignal;
}

export type Outcome<T> =
  { readonly kind: 'done'; readonly value: T } | { readonly kind: 'failed'; readonly failure: Failure };

/** The first `count` events of a read of the log. */
const readHere = async (here: OnThisNode, request: AllRequest): Promise<Outcome<WireEvent[]>> => {
  const { lane, connection, sleep, idleMs, signal } = here;
  const call = new ReadCall(connection, allRequest(request), lane.metadata(false), signal, 16);
  const value: WireEvent[] = [];
  try {
    for (;;) {
      const taken = await call.take(sleep, idleMs);
      if (taken.kind === 'failed') return taken;
      if (taken.kind === 'ended' || taken.kind === 'aborted') return { kind: 'done', value };
      if (taken.kind === 'idle') {
        return { kind: 'failed', failure: NO_ANSWER };
      }
      for (const message of taken.messages) if (message.kind === 'event') value.push(message.event);
    }
  } finally {
    call.free();
  }
};

/** A read that failed on this node: carried through {@link findHead}, which knows nothing of failures. */
class ReadFailed extends Error {
  constructor(readonly failure: Failure) {
    super(failure.message);
  }
}

/** The newest event that a reader is shown, as this node has it. */
export const headHere = async (here: OnThisNode, names: Names, quietMs: number): Promise<Outcome<Head>> => {
  const read: HeadRead = async (request, mayGiveUp) => {
    const found = await readHere(mayGiveUp ? { ...here, idleMs: quietMs } : here, request);
    if (found.kind === 'done') return found.value;
    if (mayGiveUp && found.failure === NO_ANSWER) return 'gave-up';
    throw new ReadFailed(found.failure);
  };
  try {
    return { kind: 'done', value: await findHead(read, names) };
  } catch (error) {
    if (error instanceof ReadFailed) return { kind: 'failed', failure: error.failure };
    throw error;
  }
};

export type Start =
  /** Subscribe behind this place. */
  | { readonly kind: 'behind'; readonly place: Position | 'start' }
  /** The event at the checkpoint is gone, and a subscription would skip the next one: hand that out first. */
  | { readonly kind: 'instead'; readonly event: WireEvent };

/** How servers word that a position lies between two records. */
const BAD_POSITION = /Exception was thrown by handler|Unexpected ReadAllResult/;

/**
 * Where a subscription must start so that it skips nothing. A server reads one event at or behind the place that it is given
 * and starts *behind* that event; so the event at the place must be the one that was handled there.
 * Throws `bad-position` for a place that this log does not have, or does not have yet on its leader.
 */
export const startBehind = async (
  here: OnThisNode,
  after: Position | 'start',
  endOfLeader: () => Promise<Position | 'start'>,
): Promise<Outcome<Start>> => {
  if (after === 'start') return { kind: 'done', value: { kind: 'behind', place: 'start' } };
  const found = await readHere(here, { from: after, direction: 'forwards', count: 1 });
  if (found.kind === 'failed') {
    const { failure } = found;
    if (failure.kind === 'fatal' || (failure.kind === 'ambiguous' && BAD_POSITION.test(failure.message))) {
      throw new StoreError('bad-position', `no record of this log stands at ${after}: ${failure.message}`);
    }
    return found;
  }
  const event = found.value[0];
  if (event !== undefined) {
    const start: Start = event.position === after ? { kind: 'behind', place: after } : { kind: 'instead', event };
    return { kind: 'done', value: start };
  }
  const end = await endOfLeader();
  if (comparePositions(after, end) > 0) {
    throw new StoreError(
      'bad-position',
      `${after} lies ahead of the end of the log (${end}): another log, or a restored one`,
    );
  }
  const message = `this node does not have ${after} yet`;
  return { kind: 'failed', failure: { kind: 'ambiguous', reconnect: true, message } };
};
