import { fold, foldEventOf, isUlid, readEvent, toFoldEvent, unseen, evolve, type LapseEvent } from '@lapse/domain';
import { readWholeStream, type RecordedEvent } from '@lapse/store';
import type { Context } from './context.js';
import type { LoadedSession } from './session-cache.js';

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
    if (cached !== undefined) return cached;
  }
  const loaded = await readSessionStream(context, sessionId, stream);
  if (loaded !== undefined) context.cache.put(loaded);
  return loaded;
};

/** Folds the whole stream; `onEvent` sees each event as it was read. */
export const readSessionStream = async (
  context: Pick<Context, 'store'>,
  sessionId: string,
  stream: string,
  onEvent?: (recorded: RecordedEvent, event: LapseEvent | undefined) => void,
): Promise<LoadedSession | undefined> => {
  const state = unseen(stream);
  const ids = new Map<string, number>();
  let openedPosition: RecordedEvent['position'] | undefined;
  for await (const recorded of readWholeStream(context.store, stream)) {
    const read = readEvent(recorded);
    openedPosition ??= recorded.position;
    if (ids.has(recorded.id)) {
      fold(state, { kind: 'repeated-id', revision: recorded.revision });
    } else {
      ids.set(recorded.id, recorded.revision);
      fold(state, foldEventOf(recorded.revision, read));
    }
    onEvent?.(recorded, read.kind === 'event' ? read.event : undefined);
  }
  return ids.size === 0 ? undefined : { sessionId, stream, state, ids, openedPosition, isFresh: true };
};

/** An event of ours together with the id it was written under. */
export interface WrittenEvent {
  readonly id: string;
  readonly event: LapseEvent;
}

/** The session after an append of ours at its revision; kept for the next command. */
export const afterAppend = (
  context: Context,
  session: LoadedSession,
  written: readonly WrittenEvent[],
): LoadedSession => {
  const ids = session.ids as Map<string, number>;
  let { state } = session;
  for (const { id, event } of written) {
    state = evolve(state, toFoldEvent(state.revision + 1, event));
    ids.set(id, state.revision);
  }
  const next = { ...session, state };
  context.cache.put(next);
  return next;
};
