import type { ClosedData, ConfigData } from '../events/index.js';
import { deadlineOf, isLate } from './deadline.js';
import type { FoldEvent } from './fold-event.js';
import { copyOf, unseen, type Pin, type SessionState } from './state.js';

/**
 * What each event does to a session. Total: any event in any order, never an exception. Changes `state` in place; see
 * `evolve` for the version that does not.
 */
export const fold = (state: SessionState, event: FoldEvent): void => {
  state.revision = event.revision;
  if (state.parked !== undefined) return;
  if (event.kind === 'repeated-id' || isStrayRepeat(state, event)) {
    state.repeatedIds++;
  } else if (event.kind === 'unreadable') {
    park(state, event.revision, event.why);
  } else if (event.kind === 'skipped') {
    state.unknownEvents++;
  } else if (state.status === 'missing') {
    open(state, event);
  } else if (event.kind === 'unknown') {
    state.unknownEvents++;
  } else if (event.kind === 'opened') {
    state.ignoredEvents++;
  } else if (event.kind === 'config-version') {
    pin(state, event.data);
  } else if (state.status === 'open') {
    step(state, event);
  } else if (state.status === 'unpinned') {
    hold(state, event);
  } else {
    state.ignoredEvents++;
  }
};

/** `fold` on a copy. */
export const evolve = (state: SessionState, event: FoldEvent): SessionState => {
  const next = copyOf(state);
  fold(next, event);
  return next;
};

/**
 * Whether a session would be parked by this event (D11). Only then it matters whether the event was skipped: a skip of any
 * other event changes nothing.
 */
export const wouldPark = (state: SessionState, event: FoldEvent): boolean => {
  if (state.parked !== undefined) return false;
  const isSuspect = event.kind === 'unreadable' || (state.status === 'missing' && event.kind !== 'opened');
  return isSuspect && evolve(state, event).parked !== undefined;
};

/** A whole stream, from its first event on. */
export const foldAll = (stream: string, events: Iterable<FoldEvent>): SessionState => {
  const state = unseen(stream);
  for (const event of events) fold(state, event);
  return state;
};

/** D11: marks a stream that cannot be folded any further. */
export const park = (state: SessionState, revision: number, why: string): void => {
  state.parked = { revision, why };
  state.held = [];
};

type TimedEvent = Extract<FoldEvent, { kind: 'message-from-buyer' | 'message-from-agent' | 'queued' | 'closed' }>;

const open = (state: SessionState, event: FoldEvent): void => {
  if (event.kind !== 'opened') {
    park(state, event.revision, `the first event is not opened but ${event.kind}`);
    return;
  }
  state.status = 'unpinned';
  state.opened = event.data;
  state.openedAtMs = event.atMs;
  state.timeAtMs = event.atMs;
  // D3: opening counts as the buyer's first contact.
  restart(state, 'agent-silent', event.revision, 'opened', event.atMs);
};

/** The first pin counts. What was held is folded as if it had been there from the start. */
const pin = (state: SessionState, data: ConfigData): void => {
  if (state.status !== 'unpinned') {
    state.ignoredEvents++;
    return;
  }
  const { revision, held } = state;
  state.status = 'open';
  state.pin = pinFromData(data);
  state.held = [];
  for (const event of held) fold(state, event);
  state.revision = revision;
};

export const pinFromData = (data: ConfigData): Pin => ({
  policy: data.policy,
  agentReplyMinutes: data.agentReplyMinutes,
  buyerReplyMinutes: data.buyerReplyMinutes,
  queueMinutes: data.queueMinutes,
  version: data.version,
  merchantRevision: data.merchantRevision ?? null,
});

/** Before the pin nobody can say what is late; only a close is final, as it was recorded. */
const hold = (state: SessionState, event: TimedEvent): void => {
  if (event.kind !== 'closed') {
    state.held.push(event);
    return;
  }
  for (const earlier of state.held) {
    count(state, earlier as TimedEvent);
    state.timeAtMs = Math.max(state.timeAtMs, (earlier as TimedEvent).atMs);
  }
  state.held = [];
  end(state, event, Math.max(state.timeAtMs, event.atMs));
};

const step = (state: SessionState, event: TimedEvent): void => {
  const atMs = Math.max(event.atMs, state.timeAtMs);
  const deadlineAtMs = deadlineOf(state);
  if (state.latched) {
    if (event.kind === 'closed' && isOwnClose(state, event, deadlineAtMs)) end(state, event, event.atMs);
    else state.lateEvents++;
  } else if (isLate(atMs, deadlineAtMs)) {
    state.latched = true;
    state.lateEvents++;
  } else if (event.kind === 'closed') {
    end(state, event, atMs);
  } else {
    state.timeAtMs = atMs;
    count(state, event);
    moveClock(state, event, atMs);
  }
};

/** Lapse's own close: it has a proof, its reason is the running rule and its time is the deadline. */
const isOwnClose = (
  state: SessionState,
  event: { readonly atMs: number; readonly data: ClosedData },
  deadlineAtMs: number | undefined,
): boolean => event.data.proof !== undefined && event.data.reason === state.rule && event.atMs === deadlineAtMs;

/** A close with a repeated id that is not Lapse's own. */
const isStrayRepeat = (state: SessionState, event: FoldEvent): boolean =>
  event.kind === 'closed' &&
  event.hasRepeatedId === true &&
  !(state.status === 'open' && isOwnClose(state, event, deadlineOf(state)));

/** The table of the rules: what runs afterwards, counted from this event. */
const moveClock = (state: SessionState, event: Exclude<TimedEvent, { kind: 'closed' }>, atMs: number): void => {
  switch (event.kind) {
    case 'message-from-buyer':
      // D4: a queued buyer may write on; only the wait counts.
      if (state.rule !== 'queue-expired') restart(state, 'agent-silent', event.revision, event.kind, atMs);
      return;
    case 'message-from-agent':
      if (event.automated) return; // D9
      state.waitingSinceMs = undefined;
      state.queueId = undefined;
      restart(state, 'buyer-silent', event.revision, event.kind, atMs);
      return;
    case 'queued':
      queue(state, event, atMs);
  }
};

/** D5: while queued, the first entry counts; after an agent's answer it is a fresh one. */
const queue = (state: SessionState, event: Extract<FoldEvent, { kind: 'queued' }>, atMs: number): void => {
  if (state.waitingSinceMs === undefined) {
    state.waitingSinceMs = atMs;
    state.queueId = event.queueId;
  }
  if (state.rule === 'queue-expired') return;
  if (state.pin?.queueMinutes !== null) restart(state, 'queue-expired', event.revision, event.kind, atMs);
  else if (state.rule === 'buyer-silent') restart(state, 'agent-silent', event.revision, event.kind, atMs);
};

const restart = (
  state: SessionState,
  rule: SessionState['rule'],
  revision: number,
  type: SessionState['anchorType'],
  atMs: number,
): void => {
  state.rule = rule;
  state.anchorRevision = revision;
  state.anchorType = type;
  state.anchorAtMs = atMs;
};

const count = (state: SessionState, event: TimedEvent): void => {
  if (event.kind === 'message-from-buyer') {
    state.buyerMessages++;
  } else if (event.kind === 'message-from-agent') {
    if (event.automated) {
      state.automatedMessages++;
    } else {
      state.agentMessages++;
      state.firstReplyAtMs ??= Math.max(event.atMs, state.timeAtMs);
    }
  }
};

const end = (state: SessionState, event: Extract<FoldEvent, { kind: 'closed' }>, atMs: number): void => {
  state.status = 'closed';
  state.timeAtMs = Math.max(state.timeAtMs, atMs);
  state.waitingSinceMs = undefined;
  state.close = {
    reason: event.data.reason,
    atMs,
    revision: event.revision,
    closedBy: event.data.closedBy,
    sourceReason: event.data.sourceReason,
    proof: event.data.proof,
  };
};
