import {
  encodeEvent,
  mayOpenSuccessor,
  refuse,
  standingTowards,
  successorId,
  timeoutClose,
  type Candidate,
  type Receipt,
  type Refusal,
} from '@lapse/domain';
import type { Context } from './context.js';
import { appendTo, loadSession } from './load.js';
import { withPin } from './pin.js';
import type { PreparedEvent } from './prepare.js';
import { noSuchSession, sessionClosed, sessionParked } from './refusals.js';
import type { LoadedSession } from './session-cache.js';
import type { AppendEvents } from './types.js';

/** Where an event goes. `again`: the stream has changed under the walk, decide afresh. */
export type Destination =
  | { readonly kind: 'home'; readonly session: LoadedSession }
  | { readonly kind: 'new-successor'; readonly predecessor: LoadedSession; readonly sessionId: string }
  | { readonly kind: 'already-closed'; readonly session: LoadedSession }
  | { readonly kind: 'again' }
  | Refusal;

interface Walk {
  readonly command: AppendEvents;
  /** Starts with the addressed session and grows. */
  readonly chain: LoadedSession[];
  readonly events: readonly PreparedEvent[];
  /** The first of them. */
  readonly candidate: Candidate;
  readonly receipt: Receipt;
}

/**
 * Walks from the addressed session to the one that takes the event: a lapsed session is closed on the way (D6), a closed
 * one is left for its successor where the sender wants that (D10).
 */
export const findDestination = async (
  context: Context,
  { command, chain, events, candidate, receipt }: Walk,
): Promise<Destination> => {
  for (let hop = 0; hop < context.limits.chainLengthMax; hop++) {
    let session = chain[hop] as LoadedSession;
    if (session.state.parked !== undefined) return sessionParked(session.sessionId, session.state.parked);
    // All that stood in it was skipped.
    if (session.state.status === 'missing') return noSuchSession(session.sessionId);
    if (session.state.status === 'unpinned') {
      const pinned = await withPin(context, session);
      if ('code' in pinned) return pinned;
      session = chain[hop] = pinned;
    }
    const standing = standingTowards(session.state, candidate, receipt);
    if (standing === 'takes-it') return { kind: 'home', session };
    if (standing === 'has-lapsed') {
      const closed = await closeLapsed(context, session, receipt.receivedAtMs);
      if (closed === undefined) return { kind: 'again' };
      session = chain[hop] = closed;
    }
    const next = await beyondClosed(context, command, session, candidate);
    if ('kind' in next) return next;
    // Nobody has looked for the ids in a successor that has come up since (D18).
    if (chain[hop + 1] === undefined && events.some(({ id }) => next.ids.has(id))) return { kind: 'again' };
    chain[hop + 1] ??= next;
  }
  return refuse(
    'chain-too-long',
    `session ${command.sessionId} has more than ${context.limits.chainLengthMax} successors`,
  );
};

/** Writes the close that a session is due for; `undefined` where somebody else wrote first. */
const closeLapsed = async (
  context: Context,
  session: LoadedSession,
  noticedAtMs: number,
): Promise<LoadedSession | undefined> => {
  const close = timeoutClose(session.state);
  const encoded = encodeEvent(close.id, close.event, { noticedAtMs });
  return (await appendTo(context, session, [close], [encoded]))?.session;
};

const beyondClosed = async (
  context: Context,
  command: AppendEvents,
  session: LoadedSession,
  candidate: Candidate,
): Promise<Destination | LoadedSession> => {
  const { close } = session.state;
  if (close === undefined) throw new TypeError(`${session.stream} is closed without a close`);
  if (candidate.type === 'closed') return { kind: 'already-closed', session };
  if (command.onClosed !== 'open-new' || !mayOpenSuccessor(candidate)) return sessionClosed(session.sessionId, close);
  const sessionId = successorId(session.sessionId, close.atMs);
  const successor = await loadSession(context, sessionId, session.isFresh);
  return successor ?? { kind: 'new-successor', predecessor: session, sessionId };
};

/** The addressed session and those that follow it already, for the search of known ids. */
export const loadChain = async (
  context: Context,
  addressed: LoadedSession,
  freshly: boolean,
): Promise<LoadedSession[]> => {
  const chain = [addressed];
  while (chain.length <= context.limits.chainLengthMax) {
    const { sessionId, state } = chain.at(-1) as LoadedSession;
    if (state.close === undefined) break;
    const next = await loadSession(context, successorId(sessionId, state.close.atMs), freshly);
    if (next === undefined) break;
    chain.push(next);
  }
  return chain;
};
