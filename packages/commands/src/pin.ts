import { derivedEventId, encodeEvent, pinOf, type LapseEvent } from '@lapse/domain';
import { pauseBeforeRetry, type Context } from './context.js';
import { afterAppend, loadSession } from './load.js';
import { contention, versionInForceAt } from './merchant-stream.js';
import type { PinAnswer } from './types.js';

/**
 * Gives a session that somebody opened without a pin the config that was in force at its place in the log. The copy
 * carries `opened`'s time and moves no clock. Refused where that config cannot be read.
 */
export const pinBareSession = async (context: Context, sessionId: string): Promise<PinAnswer> => {
  for (let attempt = 0; attempt < context.limits.attemptsMax; attempt++) {
    await pauseBeforeRetry(context, attempt);
    const session = await loadSession(context, sessionId, true);
    if (session === undefined || session.state.status !== 'unpinned' || session.state.parked !== undefined)
      return { kind: 'nothing-to-pin' };
    const { opened, openedAtMs, revision } = session.state;
    if (opened === undefined || session.openedPosition === undefined) return { kind: 'nothing-to-pin' };
    const version = await versionInForceAt(context, opened.merchantId, session.openedPosition, context.nowMs());
    if ('code' in version) return version;
    const event: LapseEvent = {
      type: 'config-version',
      occurredAtMs: openedAtMs,
      data: pinOf(opened.merchantId, version),
    };
    const id = pinEventId(session.stream);
    const result = await context.store.append(session.stream, [encodeEvent(id, event)], revision);
    if (result.kind === 'wrong-revision') continue;
    afterAppend(context, session, [{ id, event }]);
    return { kind: result.repeated ? 'nothing-to-pin' : 'pinned' };
  }
  return contention(`session ${sessionId}`);
};

/** Derived, so that two engines that pin the same session write one event. */
export const pinEventId = (stream: string): string => derivedEventId('pin', stream);
