import { decideTimeout, encodeEvent, type SessionState } from '@lapse/domain';
import { pauseBeforeRetry, type Context } from './context.js';
import { loadSession } from './load.js';
import type { SweepAnswer } from './types.js';

/**
 * Appends the timeout close that follows from `state` if it is due at `nowMs`. A row that lags is no harm: the append at
 * its revision is refused, and then the stream itself decides.
 */
export const closeIfDue = async (
  context: Context,
  sessionId: string,
  state: SessionState,
  nowMs: number,
): Promise<SweepAnswer> => {
  let current: SessionState | undefined = state;
  for (let attempt = 0; attempt < context.limits.attemptsMax; attempt++) {
    await pauseBeforeRetry(context, attempt);
    const close = current === undefined ? undefined : decideTimeout(current, nowMs, context.settings.closeGraceMs);
    if (current === undefined || close === undefined) return { kind: 'not-due' };
    const encoded = encodeEvent(close.id, close.event, { noticedAtMs: nowMs });
    const result = await context.store.append(current.stream, [encoded], close.expectedRevision);
    if (result.kind === 'appended') {
      context.cache.drop(current.stream);
      if (result.repeated) return { kind: 'not-due' };
      const { occurredAtMs, data } = close.event;
      return { kind: 'closed', reason: data.reason, deadlineAtMs: occurredAtMs, revision: result.lastRevision };
    }
    current = (await loadSession(context, sessionId, true))?.state;
  }
  // Somebody writes faster than we decide: the session is alive, its next row will say when it is due.
  return { kind: 'not-due' };
};
