import {
  asRepeated,
  encodeEvent,
  fold,
  foldEventOf,
  isUlid,
  readEvent,
  toFoldEvent,
  unseen,
  evolve,
  wouldPark,
  type LapseEvent,
} from '@lapse/domain';
import { readWholeStream, type EventToAppend, type Position, type RecordedEvent } from '@lapse/store';
import { appendOurs } from './append-ours.js';
import type { Context } from './context.js';
import { Skips } from './decisions.js';
import { writeFirstVersion } from './merchant-stream.js';
import type { LoadedSession, WrittenEvent } from './session-cache.js';

/** A session from the cache, or from its stream. `undefined`: there is no such stream. */
export const loadSession = async (
  context: Context,
  sessionId: string,
  freshly: boolean,
): Promise<LoadedSession | undefined> => {
  if (!isUlid(sessionId)) return undefined;
  const stream = context.names.session(sessionId);
  if (freshly) context.cache.drop(stream);
  else {
    const cached = context.cache.get(stream);
    if (cached !== undefined && (await isCurrent(context, cached))) return cached;
  }
  const loaded = await readSessionStream(context, sessionId, stream);
  // A decision in another stream may end the parking at any time: each look at it is a fresh one.
  if (loaded !== undefined && loaded.state.parked === undefined) context.cache.put(loaded);
  return loaded;
};

/**
 * What is decided from an open session is proved current by the append that follows. Nothing is appended to a closed one,
 * so a look at the end of its stream must do: another writer may have put something behind the close.
 */
const isCurrent = async (context: Context, { stream, state }: LoadedSession): Promise<boolean> => {
  if (state.status !== 'closed') return true;
  const page = await context.store.readStream(stream, { direction: 'backwards', maxCount: 1 });
  return page.kind === 'page' && page.events[0]?.revision === state.revision;
};

/** Folds the whole stream, without the events that were skipped; `onEvent` sees each event as it was read. */
export const readSessionStream = async (
  context: Pick<Context, 'store' | 'names'>,
  sessionId: string,
  stream: string,
  onEvent?: (recorded: RecordedEvent, event: LapseEvent | undefined) => void,
): Promise<LoadedSession | undefined> => {
  const state = unseen(stream);
  const ids = new Map<string, number>();
  const skips = new Skips(context, stream);
  let openedBy: RecordedEvent | undefined;
  for await (const recorded of readWholeStream(context.store, stream)) {
    const read = readEvent(recorded);
    const event = foldEventOf(recorded.revision, read);
    const placed = ids.has(recorded.id) ? asRepeated(event) : event;
    const isLeftOut = wouldPark(state, placed) && (await skips.has(recorded));
    fold(state, isLeftOut ? { kind: 'skipped', revision: recorded.revision } : placed);
    if (state.opened !== undefined) openedBy ??= recorded;
    if (!ids.has(recorded.id)) ids.set(recorded.id, recorded.revision);
    onEvent?.(recorded, read.kind === 'event' ? read.event : undefined);
  }
  if (ids.size === 0) return undefined;
  const { revision: openedRevision = 0, position: openedPosition } = openedBy ?? {};
  const read = { sessionId, stream, state, ids, openedRevision, openedPosition };
  return { ...read, unwritten: [], needsFirstVersionOf: undefined, isFresh: true };
};

/** The revision that the stream itself is at: what an append must expect. */
const storedRevision = ({ state, unwritten }: LoadedSession): number => state.revision - unwritten.length;

/**
 * Appends to a session what was decided from its fold, behind what is still unwritten. `undefined`: somebody else wrote
 * first, be it these very ids: theirs may carry another time of receipt or other data, so only the stream says what stands
 * there. The session as it is afterwards is kept for the next command.
 */
export const appendTo = async (
  context: Context,
  session: LoadedSession,
  events: readonly (WrittenEvent & { readonly isIdGiven?: boolean })[],
  encoded: readonly EventToAppend[],
): Promise<{ readonly session: LoadedSession; readonly position: Position | undefined } | undefined> => {
  const pins = session.unwritten.map(({ id, event }) => encodeEvent(id, event));
  const { needsFirstVersionOf } = session;
  if (needsFirstVersionOf !== undefined) {
    // The append alone proves a kept session current, and comes too late for what is written to the merchant before it.
    if (!session.isFresh) return undefined;
    if (!(await writeFirstVersion(context, needsFirstVersionOf))) return undefined;
  }
  const { stream } = session;
  const isShared = mayBeOfSomebodyElse(events);
  const result = await appendOurs(context, stream, [...pins, ...encoded], storedRevision(session), isShared);
  if (result === undefined) return undefined;
  return { session: afterAppend(context, session, events), position: result.position };
};

/** Ids of our own making were never written by anybody but us: then the store repeats an answer that was lost on its way. */
export const mayBeOfSomebodyElse = (events: readonly { readonly isIdGiven?: boolean }[]): boolean =>
  events.every(({ isIdGiven = true }) => isIdGiven);

/** The session after an append of ours at its revision; kept for the next command. */
export const afterAppend = (
  context: Context,
  session: LoadedSession,
  written: readonly WrittenEvent[],
): LoadedSession => {
  const ids = session.ids as Map<string, number>;
  let { state } = session;
  session.unwritten.forEach(({ id }, i) => ids.set(id, storedRevision(session) + 1 + i));
  for (const { id, event } of written) {
    state = evolve(state, toFoldEvent(state.revision + 1, event));
    ids.set(id, state.revision);
  }
  const next = { ...session, state, unwritten: [], needsFirstVersionOf: undefined };
  context.cache.put(next);
  return next;
};
