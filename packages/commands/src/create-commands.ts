import { isUlid, type SessionState } from '@lapse/domain';
import { appendEvents } from './append-events.js';
import { defaultLimits, type Context } from './context.js';
import { KeyedQueue } from './keyed-queue.js';
import { readSessionStream } from './load.js';
import { configureMerchant, readMerchant } from './merchant-stream.js';
import { openSession } from './open-session.js';
import { readParked, retryParked, skipParked } from './parked.js';
import { pinBareSession, withPin } from './pin.js';
import { noSuchSession } from './refusals.js';
import { SessionCache, type LoadedSession } from './session-cache.js';
import { closeIfDue } from './sweep.js';
import type { Commands, CommandsOptions, ReadingEvent, SessionReading } from './types.js';

/** The command path over a store. Clock, randomness and waiting are handed in; nothing runs by itself. */
export const createCommands = (options: CommandsOptions): Commands => {
  const limits = { ...defaultLimits, ...options.limits };
  const context: Context = {
    ...options,
    limits,
    cache: new SessionCache(limits.cachedSessionsMax),
    queue: new KeyedQueue(),
  };
  return {
    names: context.names,
    openSession: (command) => openSession(context, command),
    append: (command) => appendEvents(context, command),
    readSession: async (sessionId) => (await readSession(context, sessionId)) ?? noSuchSession(sessionId),
    configure: (command) => configureMerchant(context, command),
    readMerchant: (merchantId) => readMerchant(context, merchantId),
    readParked: (stream) => readParked(context, stream),
    retryParked: (command) => retryParked(context, command),
    skipParked: (command) => skipParked(context, command),
    closeIfDue: (state, nowMs) => {
      const name = context.names.read(state.stream);
      if (name.kind !== 'session') throw new TypeError(`${state.stream} is no session's stream`);
      return closeIfDue(context, name.id, state, nowMs);
    },
    pinBareSession: (sessionId) => pinBareSession(context, sessionId),
  };
};

const readSession = async (context: Context, sessionId: string): Promise<SessionReading | undefined> => {
  if (!isUlid(sessionId)) return undefined;
  const events: ReadingEvent[] = [];
  const loaded = await readSessionStream(context, sessionId, context.names.session(sessionId), (recorded, event) => {
    const { id, revision, type, position, storedAtMs, metadata } = recorded;
    events.push({ id, revision, type, position, storedAtMs, event, metadata });
  });
  if (loaded === undefined) return undefined;
  return { kind: 'session', sessionId, state: await stateForReading(context, loaded), events };
};

/** A bare opening reads as it will be once it is pinned; nothing is written for it. */
const stateForReading = async (context: Context, loaded: LoadedSession): Promise<SessionState> => {
  if (loaded.state.status !== 'unpinned' || loaded.state.parked !== undefined) return loaded.state;
  const pinned = await withPin(context, loaded);
  return 'code' in pinned ? loaded.state : { ...pinned.state, revision: loaded.state.revision };
};
