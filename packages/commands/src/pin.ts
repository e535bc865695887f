import {
  derivedEventId,
  evolve,
  pinFromData,
  pinOf,
  toFoldEvent,
  type ConfigData,
  type LapseEvent,
  type Pin,
  type Refusal,
} from '@lapse/domain';
import { pauseBeforeRetry, type Context } from './context.js';
import { appendTo, loadSession } from './load.js';
import { contention, versionInForceAt } from './merchant-stream.js';
import type { LoadedSession } from './session-cache.js';
import type { PinAnswer } from './types.js';

interface PinAtOpening {
  readonly kind: 'found';
  readonly data: ConfigData;
  /** See `FoundVersion`. */
  readonly isUnwritten: boolean;
}

/** A copy of the config that was in force at the place of a session's opening in the log. Refused where it cannot be read. */
const pinAtOpening = async (context: Context, session: LoadedSession): Promise<PinAtOpening | Refusal> => {
  const { opened } = session.state;
  if (opened === undefined || session.openedPosition === undefined) {
    throw new TypeError(`${session.stream} has no opening`);
  }
  const found = await versionInForceAt(context, opened.merchantId, session.openedPosition);
  return found.kind === 'refused' ? found : { ...found, data: pinOf(opened.merchantId, found.version) };
};

/** The limits of a session; of one without a pin, be it that it has closed without one, those that were in force. */
export const limitsOf = async (context: Context, session: LoadedSession): Promise<Pin | Refusal> => {
  if (session.state.pin !== undefined) return session.state.pin;
  const found = await pinAtOpening(context, session);
  return found.kind === 'refused' ? found : pinFromData(found.data);
};

/**
 * A bare opening with the config that was in force at its place in the log folded in, not written yet. The copy carries
 * `opened`'s time and moves no clock. Refused where that config cannot be read.
 */
export const withPin = async (context: Context, session: LoadedSession): Promise<LoadedSession | Refusal> => {
  const found = await pinAtOpening(context, session);
  if (found.kind === 'refused') return found;
  const { data, isUnwritten } = found;
  const { openedAtMs, revision } = session.state;
  const event: LapseEvent = { type: 'config-version', occurredAtMs: openedAtMs, data };
  const state = evolve(session.state, toFoldEvent(revision + 1, event));
  return {
    ...session,
    state: { ...state, revision: revision + 1 },
    unwritten: [{ id: pinEventId(session.stream), event }],
    needsFirstVersionOf: isUnwritten ? data.merchantId : undefined,
  };
};

/** Gives a session that somebody opened without a pin its limits. */
export const pinBareSession = async (context: Context, sessionId: string): Promise<PinAnswer> => {
  for (let attempt = 0; attempt < context.limits.attemptsMax; attempt++) {
    await pauseBeforeRetry(context, attempt);
    const session = await loadSession(context, sessionId, true);
    if (session === undefined || session.state.status !== 'unpinned' || session.state.parked !== undefined) {
      return { kind: 'nothing-to-pin' };
    }
    const pinned = await withPin(context, session);
    if ('code' in pinned) return pinned;
    if ((await appendTo(context, pinned, [], [])) !== undefined) return { kind: 'pinned' };
  }
  return contention(`session ${sessionId}`);
};

/** Derived, so that two engines that pin the same session write one event. */
export const pinEventId = (stream: string): string => derivedEventId('pin', stream);
