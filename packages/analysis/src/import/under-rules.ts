import { BUYER_REPLY_MINUTES_DEFAULT, importedSessionId, type Actor, type Pin, type Refusal } from '@lapse/domain';
import type { Commands } from '@lapse/commands';
import type { SourceEvent } from './format.js';
import { ImportError } from './import-error.js';
import { readSourceSessions, type ImportProgress } from './read-source.js';
import { importedEventId, openedDataOf, toSend } from './to-lapse.js';

/** All sessions are played on one clock, so all events stand in memory at once. */
const EVENTS_MAX = 5_000_000;
/** How many events are under way between two movements of the clock. */
const EVENTS_PER_STEP = 4_096;
/** As many successors as commands walk along. */
const CHAIN_LENGTH_MAX = 10_000;

/** The engine on a clock that this import moves. */
export interface VirtualEngine {
  readonly commands: Commands;
  /** Moves the clock to `nowMs` and closes all that has lapsed by then. */
  advanceTo(nowMs: number): Promise<void>;
  /** Runs the clock on until no session is open. */
  runOut(): Promise<void>;
  /** Sessions that are open in the store now. */
  openSessionIds(): Iterable<string>;
}

export interface UnderRulesOptions {
  readonly file: string;
  readonly source: string;
  readonly buyerReplyMinutes?: number;
  readonly engine: VirtualEngine;
  readonly onProgress?: (progress: ImportProgress) => void;
  readonly signal?: AbortSignal;
}

/** A conversation of the source and the sessions that it became: its own, then its successors in their order. */
export interface PlayedSession {
  readonly session: string;
  readonly sessionIds: readonly string[];
}

interface Played extends PlayedSession {
  readonly sessionIds: string[];
}

interface Placed {
  readonly event: SourceEvent;
  readonly played: Played;
}

const importer: Actor = { role: 'system', id: 'import' };

/**
 * Plays all conversations of a file on one virtual clock through the real engine, as if Lapse had been there: an event after
 * its session's lapse opens the successor at that instant, a late close is dropped, and after the last event the clock
 * runs on until nothing is open. Playing the same file again adds nothing.
 */
export const importUnderRules = async (options: UnderRulesOptions): Promise<readonly PlayedSession[]> => {
  const { sessions, events, total } = await readAll(options);
  await refuseStrangers(options.engine, options.source, events);
  await rollOut(options, events);
  for (let start = 0; start < events.length; start += EVENTS_PER_STEP) {
    if (options.signal?.aborted === true) return sessions;
    const step = events.slice(start, start + EVENTS_PER_STEP);
    await playStep(options, step);
    await options.engine.advanceTo((step.at(-1) as Placed).event.at);
    const done = start + step.length;
    options.onProgress?.({
      ...total,
      events: done,
      bytesRead: Math.floor((total.bytesTotal * done) / events.length),
    });
  }
  await options.engine.runOut();
  return sessions;
};

const readAll = async ({ file, signal }: UnderRulesOptions) => {
  const sessions: Played[] = [];
  const events: Placed[] = [];
  let total: ImportProgress = { bytesRead: 0, bytesTotal: 0, events: 0, sessions: 0 };
  for await (const session of readSourceSessions(file)) {
    if (signal?.aborted === true) break;
    const played: Played = { session: session.session, sessionIds: [] };
    sessions.push(played);
    for (const event of session.events) events.push({ event, played });
    if (events.length > EVENTS_MAX) {
      throw new ImportError('too-many-events', `${file} has more than ${EVENTS_MAX} events: play it in parts`);
    }
    total = session.progress;
  }
  // Stable: events of one instant stay in the file's order.
  events.sort((a, b) => a.event.at - b.event.at);
  return { sessions, events, total };
};

/** The clock runs out at the end: a session that is not of this import would lapse before its time. */
const refuseStrangers = async (engine: VirtualEngine, source: string, events: readonly Placed[]): Promise<void> => {
  const open = [...engine.openSessionIds()];
  if (open.length === 0) return;
  const own = new Set<string>();
  for (const { event } of events) {
    if (event.type === 'opened') own.add(importedSessionId(source, event.session, event.at));
  }
  for (const id of open) {
    if (!own.has(id) && !(await followsOneOf(own, engine.commands, id))) {
      throw new ImportError(
        'open-sessions-present',
        `the data folder holds open sessions of its own (${id}): play a history in a folder of its own`,
      );
    }
  }
};

/** An import that was stopped may have left successors open. */
const followsOneOf = async (own: ReadonlySet<string>, commands: Commands, sessionId: string): Promise<boolean> => {
  let at: string | undefined = sessionId;
  for (let hop = 0; hop < CHAIN_LENGTH_MAX && at !== undefined; hop++) {
    const reading = await commands.readSession(at);
    at = reading.kind === 'session' ? reading.state.opened?.previousSessionId : undefined;
    if (at !== undefined && own.has(at)) return true;
  }
  return false;
};

const rollOut = async (options: UnderRulesOptions, events: readonly Placed[]): Promise<void> => {
  const buyerReplyMinutes = options.buyerReplyMinutes ?? BUYER_REPLY_MINUTES_DEFAULT;
  const seen = new Set<string>();
  for (const { event } of events) {
    if (event.type !== 'opened' || seen.has(event.merchant)) continue;
    seen.add(event.merchant);
    if (seen.size === 1) await options.engine.advanceTo(event.at);
    const merchantId = event.merchant;
    const { commands } = options.engine;
    for (const command of [
      { kind: 'rollout', buyerReplyMinutes },
      { kind: 'change', buyerReplyMinutes },
    ] as const) {
      const answer = await commands.configure({ merchantId, command, by: importer });
      if (answer.kind === 'refused') throw refused(answer, event);
    }
  }
};

/** Sessions side by side, so that they share commits; the events of one session one after the other. */
const playStep = async (options: UnderRulesOptions, step: readonly Placed[]): Promise<void> => {
  const bySession = new Map<Played, SourceEvent[]>();
  for (const { event, played } of step) {
    const own = bySession.get(played);
    if (own === undefined) bySession.set(played, [event]);
    else own.push(event);
  }
  await Promise.all(
    [...bySession].map(async ([played, events]) => {
      for (const event of events) await play(options, played, event);
    }),
  );
};

const play = async (options: UnderRulesOptions, played: Played, event: SourceEvent): Promise<void> => {
  const { engine, source } = options;
  if (event.type === 'opened') {
    const sessionId = importedSessionId(source, event.session, event.at);
    const answer = await engine.commands.openSession({
      sessionId,
      eventId: importedEventId(source, event),
      occurredAtMs: event.at,
      receivedAtMs: event.at,
      data: openedDataOf(event),
    });
    if (answer.kind === 'refused') throw refused(answer, event);
    if (answer.repeated) refuseOtherLimits(options, event.session, answer.pin);
    played.sessionIds.push(sessionId);
    return;
  }
  const answer = await engine.commands.append({
    sessionId: played.sessionIds.at(-1) as string,
    events: [toSend(source, event)],
    onClosed: 'open-new',
    receivedAtMs: event.at,
  });
  if (answer.kind === 'refused') {
    if (answer.code === 'session-closed') return;
    throw refused(answer, event);
  }
  if (answer.kind !== 'appended') return;
  if (answer.repeated && answer.events[0]?.occurredAtMs !== event.at) throw differs(event.session, 'at other times');
  if (!played.sessionIds.includes(answer.sessionId)) played.sessionIds.push(answer.sessionId);
};

/** A session keeps the limits that it was opened under: playing it again under others would tell the first result. */
const refuseOtherLimits = ({ buyerReplyMinutes }: UnderRulesOptions, session: string, pin: Pin): void => {
  const wanted = buyerReplyMinutes ?? BUYER_REPLY_MINUTES_DEFAULT;
  if (pin.policy === 'none') throw differs(session, 'as recorded');
  if (pin.buyerReplyMinutes !== wanted) throw differs(session, `under a limit of ${pin.buyerReplyMinutes} minutes`);
};

const differs = (session: string, how: string): ImportError =>
  new ImportError(
    'session-differs',
    `session ${session} stands in the store already, ${how}: play it in a data folder of its own`,
  );

/** The refusals of the same id with other words. */
const saidOtherwise: ReadonlySet<string> = new Set(['event-id-reused', 'session-exists']);

const refused = (refusal: Refusal, event: SourceEvent): ImportError =>
  saidOtherwise.has(refusal.code)
    ? differs(event.session, 'with other events')
    : new ImportError('refused', `session ${event.session}, seq ${event.seq}: ${refusal.code}: ${refusal.message}`);
