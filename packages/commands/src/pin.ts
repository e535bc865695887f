import { derivedEventId, evolve, pinOf, toFoldEvent, type LapseEvent, type Refusal } from '@lapse/domain';
import { pauseBeforeRetry, type Context } from './context.js';
import { appendTo, loadSession } from './load.js';
import { contention, versionInForceAt } from './merchant-stream.js';
import type { LoadedSession } from './session-cache.js';
import type { PinAnswer } from './types.js';

/**
 * A bare opening with the config that was in force at its place in the log folded in, not written yet. The copy carries
 * `opened`'s time and moves no clock. Refused where that config cannot be read.
 */
export const withPin = async (context: Context, session: LoadedSession): Promise<LoadedSession | Refusal> => {
  const { opened, openedAtMs, revision } = session.state;
  if (opened === undefined || session.openedPosition === undefined) {
    throw new TypeError(`${session.stream} has no opening`);
  }
  const found = await versionInForceAt(context, opened.merchantId, session.openedPosition);
  if (found.kind === 'refused') return found;
  const event: LapseEvent = {
    type: 'config-version',
    occurredAtMs: openedAtMs,
    data: pinOf(opened.merchantId, found.version),
  };
  const state = evolve(session.state, toFoldEvent(revision + 1, event));
  return {
    ...session,
    state: { ...state, revision: revision + 1 },
    unwritten: [{ id: pinEventId(session.stream), event }],
    needsFirstVersionOf: found.isUnwritten ? opened.merchantId : undefined,
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
