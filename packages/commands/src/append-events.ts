import {
  asFoldEvent,
  encodeEvent,
  evolve,
  judgeRest,
  refuse,
  toFoldEvent,
  unseen,
  type OpenedData,
  type Receipt,
  type Refusal,
} from '@lapse/domain';
import { NO_STREAM, type EventToAppend } from '@lapse/store';
import { appendOurs } from './append-ours.js';
import { pauseBeforeRetry, type Context } from './context.js';
import { answerKnownIds, refuseRepetition } from './known-ids.js';
import { afterAppend, appendTo, loadSession, mayBeOfSomebodyElse } from './load.js';
import { contention, versionForOpening, writeFirstVersion } from './merchant-stream.js';
import { emptySession, openedEventId, openingEvents } from './open-session.js';
import { candidateOf, encodePrepared, prepareEvents, refuseFuture, type PreparedEvent } from './prepare.js';
import { noSuchSession, sessionParked } from './refusals.js';
import type { LoadedSession, WrittenEvent } from './session-cache.js';
import type { AlreadyClosed, Appended, AppendEvents } from './types.js';
import { findDestination, loadChain, type Destination } from './walk.js';

type Answer = Appended | AlreadyClosed | Refusal;

/**
 * Appends a sender's events (D6 to D10, D18, D19), one after the other for one session. Decided from folded sessions that
 * may be kept from before: an append proves them current, a refusal is only given after a fresh read.
 */
export const appendEvents = (context: Context, command: AppendEvents): Promise<Answer> => {
  if (command.events.length === 0) throw new TypeError('a command needs at least one event');
  return context.queue.run(command.sessionId, async () => {
    const receivedAtMs = command.receivedAtMs ?? context.nowMs();
    const events = prepareEvents(context, command, receivedAtMs);
    const receipt: Receipt = { receivedAtMs, closeGraceMs: context.settings.closeGraceMs };
    let freshly = false;
    for (let attempt = 0; attempt < context.limits.attemptsMax; attempt++) {
      await pauseBeforeRetry(context, attempt);
      const answer = await attemptAppend(context, { command, events, receipt, freshly });
      if (answer !== 'again' && (freshly || answer.kind !== 'refused')) return answer;
      freshly = true;
    }
    return contention(`session ${command.sessionId}`);
  });
};

interface Attempt {
  readonly command: AppendEvents;
  readonly events: readonly PreparedEvent[];
  readonly receipt: Receipt;
  readonly freshly: boolean;
}

const attemptAppend = async (context: Context, attempt: Attempt): Promise<Answer | 'again'> => {
  const { command, events, receipt, freshly } = attempt;
  const addressed = await loadSession(context, command.sessionId, freshly);
  if (addressed === undefined) return refuseRepetition(events) ?? noSuchSession(command.sessionId);
  const mayBeAnywhere = command.onClosed === 'open-new' && events.some(({ event }) => event.type !== 'closed');
  const chain = mayBeAnywhere ? await loadChain(context, addressed, freshly) : [addressed];
  const parked = chain.find(({ state }) => state.parked !== undefined);
  if (parked?.state.parked !== undefined) return sessionParked(parked.sessionId, parked.state.parked);
  const known = (await answerKnownIds(context, chain, events)) ?? refuseFuture(events);
  // No append follows that could prove a kept session current: somebody may have parked it meanwhile.
  if (known !== undefined) return freshly || known.kind === 'refused' ? known : 'again';
  const [first] = events as [PreparedEvent];
  const destination = await findDestination(context, {
    command,
    chain,
    events,
    candidate: candidateOf(first),
    receipt,
  });
  return write(context, attempt, destination);
};

const write = async (context: Context, attempt: Attempt, destination: Destination): Promise<Answer | 'again'> => {
  switch (destination.kind) {
    case 'again':
      return 'again';
    case 'refused':
      return destination;
    case 'already-closed':
      return answerAlreadyClosed(attempt, destination.session);
    case 'home':
      return writeAtHome(context, attempt, destination.session);
    case 'new-successor':
      return writeSuccessor(context, attempt, destination);
  }
};

/** D19. Whatever follows a `closed` in its batch crosses it. */
const answerAlreadyClosed = ({ events }: Attempt, { sessionId, state }: LoadedSession): AlreadyClosed | Refusal => {
  if (events.length > 1) {
    return refuse('batch-crosses-close', 'event 1 follows a close: nothing was written', { index: 1 });
  }
  if (state.close === undefined) throw new TypeError(`session ${sessionId} is closed without a close`);
  return { kind: 'already-closed', sessionId, revision: state.close.revision, close: state.close };
};

const writeAtHome = async (
  context: Context,
  { command, events, receipt }: Attempt,
  session: LoadedSession,
): Promise<Answer | 'again'> => {
  const { sessionId, state } = session;
  const isSuccessor = sessionId !== command.sessionId;
  const candidates = events.map(candidateOf);
  const [first] = candidates as [(typeof candidates)[number]];
  const stateAfterFirst = evolve(state, asFoldEvent(first, state.revision + 1));
  const refused = judgeRest(stateAfterFirst, candidates, receipt, isSuccessor);
  if (refused !== undefined) return refused;
  const { expectedRevision } = command;
  // With the pin of a bare opening, whether the sweep has written it already or not.
  const actualRevision = state.revision;
  if (!isSuccessor && expectedRevision !== undefined && expectedRevision !== actualRevision) {
    return refuse('wrong-revision', `session ${sessionId} is at revision ${actualRevision}, not ${expectedRevision}`, {
      actualRevision,
    });
  }
  const encoded = events.map((event) => encodePrepared(event, command.trace));
  const written = await appendTo(context, session, events, encoded);
  if (written === undefined) return 'again';
  return appended(session, events, state.revision + 1, written.position, false);
};

/** D10: opens the next session of the chain, pinned to the current config, with the events in it. */
const writeSuccessor = async (
  context: Context,
  { command, events, receipt }: Attempt,
  { predecessor, sessionId }: Extract<Destination, { kind: 'new-successor' }>,
): Promise<Answer | 'again'> => {
  const stream = context.names.session(sessionId);
  const [first] = events as [PreparedEvent];
  const data = successorData(predecessor, first);
  const openedAtMs = Math.max(first.event.occurredAtMs, predecessor.state.close?.atMs ?? 0);
  const found = await versionForOpening(context, data.merchantId);
  if (found.kind === 'refused') return found;
  const { version, isUnwritten } = found;
  const opening = openingEvents(stream, openedEventId(stream), data, openedAtMs, version);
  const candidates = events.map(candidateOf);
  const opened = [...opening, first].reduce(
    (state, { event }) => evolve(state, toFoldEvent(state.revision + 1, event)),
    unseen(stream),
  );
  const refused = judgeRest(opened, candidates, receipt, true);
  if (refused !== undefined) return refused;
  if (isUnwritten && !(await writeFirstVersion(context, data.merchantId))) return 'again';
  const encoded: EventToAppend[] = opening.map(({ id, event }) => encodeEvent(id, event, command.trace));
  for (const event of events) encoded.push(encodePrepared(event, command.trace));
  const result = await appendOurs(context, stream, encoded, NO_STREAM, mayBeOfSomebodyElse(events));
  if (result === undefined) return 'again';
  const all: readonly WrittenEvent[] = [...opening, ...events];
  const successor = afterAppend(context, emptySession(sessionId, stream), all);
  return appended(successor, events, opening.length, result.position, !result.repeated);
};

const successorData = ({ sessionId, state }: LoadedSession, { event }: PreparedEvent): OpenedData => {
  const { opened } = state;
  if (opened === undefined) throw new TypeError(`session ${sessionId} has no opening`);
  const senderId = 'senderId' in event.data ? event.data.senderId : undefined;
  const openedBy = {
    'message-from-buyer': 'buyer',
    'message-from-agent': 'agent',
    queued: 'system',
    closed: 'system',
  } as const;
  return {
    merchantId: opened.merchantId,
    openedBy: openedBy[event.type],
    buyerId: opened.buyerId ?? (event.type === 'message-from-buyer' ? senderId : undefined),
    agentId: event.type === 'message-from-agent' ? senderId : undefined,
    externalId: opened.externalId,
    previousSessionId: sessionId,
  };
};

const appended = (
  session: LoadedSession,
  events: readonly PreparedEvent[],
  firstRevision: number,
  position: Appended['position'],
  openedSuccessor: boolean,
): Appended => ({
  kind: 'appended',
  sessionId: session.sessionId,
  previousSessionId: session.state.opened?.previousSessionId,
  openedSuccessor,
  events: events.map(({ id, event }, i) => ({
    id,
    type: event.type,
    revision: firstRevision + i,
    occurredAtMs: event.occurredAtMs,
  })),
  revision: firstRevision + events.length - 1,
  position,
  repeated: false,
});
