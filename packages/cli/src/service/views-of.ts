import type { SessionState } from '@lapse/domain';
import { deadlineOf } from '@lapse/domain';
import type { Engine } from '@lapse/engine';
import { isViewsError } from '@lapse/projections';
import type { SessionRow, Views } from '@lapse/server';

/** Waiting for a position is bounded by the server; this only keeps a forgotten waiter from staying for ever. */
const WAIT_MS_MAX = 60_000;

/** An engine's read models as the server asks for them. */
export const viewsOf = ({ projections }: Engine, nowMs: () => number): Views => ({
  queue: ({ merchantId, after, limit }) => {
    const key = after === undefined ? undefined : projections.session(after.sessionId)?.key;
    const cursor = after === undefined || key === undefined ? undefined : { waitingSinceMs: after.sinceMs, key };
    const page = projections.queue({ merchantId, after: cursor, limit, nowMs: nowMs() });
    const rows = page.waiting.map(({ id, state, waitingSinceMs }) => ({
      sessionId: id,
      sinceMs: waitingSinceMs,
      merchantId: state.opened?.merchantId ?? '',
      queueId: state.queueId,
      rule: runningRule(state),
      deadlineAtMs: deadlineOf(state),
    }));
    return { rows, next: page.next === undefined ? undefined : rows.at(-1) };
  },
  sessions: ({ merchantId, state, after, limit }) => {
    const cursor = after === undefined ? undefined : projections.session(after.sessionId)?.key;
    const page = projections.sessions({ merchantId, state, after: cursor, limit, nowMs: nowMs() });
    const rows = page.sessions.map(({ id, state: session }) => sessionRow(id, session));
    return { rows, next: page.next === undefined ? undefined : rows.at(-1) };
  },
  projections: () =>
    projections.status().map((status) => ({
      name: status.name,
      version: status.version,
      state: status.state,
      position: status.position === 'start' ? undefined : status.position,
      lagEvents: status.lagEvents,
      lagSeconds: status.lagSeconds,
      detail: status.lastError,
    })),
  waitFor: async (position, signal) => {
    try {
      await Promise.race([projections.waitFor(position, WAIT_MS_MAX), aborted(signal)]);
      return !signal.aborted;
    } catch (error) {
      if (isViewsError(error) && error.code === 'read-too-late') return false;
      throw error;
    }
  },
});

const sessionRow = (sessionId: string, state: SessionState): SessionRow => ({
  sessionId,
  merchantId: state.opened?.merchantId ?? '',
  openedAtMs: state.openedAtMs,
  rule: runningRule(state),
  deadlineAtMs: deadlineOf(state),
  closedAtMs: state.close?.atMs,
  closeReason: state.close?.reason,
});

const runningRule = (state: SessionState): SessionRow['rule'] => (state.status === 'open' ? state.rule : undefined);

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
