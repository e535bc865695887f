import { StoreError, type Position } from '@lapse/store';
import type { Connection, Lane } from '../connection/lane.js';
import type { Names } from '../names.js';
import { comparePositions } from '../position.js';
import type { Sleep } from '../time.js';
import type { Failure } from '../wire/failure.js';
import type { WireEvent } from '../wire/read-messages.js';
import { ReadCall } from './read-call.js';
import { allRequest, type AllRequest } from './requests.js';

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
        return { kind: 'failed', failure: { kind: 'ambiguous', reconnect: true, message: 'no answer to a read' } };
      }
      for (const message of taken.messages) if (message.kind === 'event') value.push(message.event);
    }
  } finally {
    call.free();
  }
};

/** Backwards over events that nobody is shown in steps of so many. */
const HEAD_STEP = 8;
const HEAD_STEPS_MAX = 1000;

/** The newest event that a reader is shown, as this node has it. */
export const headHere = async (here: OnThisNode, names: Names): Promise<Outcome<Position | 'start'>> => {
  let from: Position | 'end' = 'end';
  for (let step = 0; step < HEAD_STEPS_MAX; step += 1) {
    const count = step === 0 ? 1 : HEAD_STEP;
    const found = await readHere(here, { from, direction: 'backwards', streamPrefix: names.prefix, count });
    if (found.kind === 'failed') return found;
    const newest = found.value.find((event) => names.isVisible(event));
    if (newest !== undefined) return { kind: 'done', value: newest.position };
    const last = found.value.at(-1);
    if (last === undefined) break;
    from = last.position;
  }
  return { kind: 'done', value: 'start' };
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
