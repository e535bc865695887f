import { formatInstant, refuse, type Parked, type Refusal, type SessionClose } from '@lapse/domain';

export const noSuchSession = (sessionId: string): Refusal =>
  refuse('no-such-session', `there is no session ${sessionId}`);

export const sessionParked = (sessionId: string, parked: Parked): Refusal =>
  refuse('stream-parked', `session ${sessionId} is parked at revision ${parked.revision}: ${parked.why}`);

/** D8 */
export const inTheFuture = (index: number): Refusal =>
  refuse('in-the-future', `event ${index} happens further in the future than a clock may be ahead`, { index });

/** One code, whether the close was recorded before or by this very command. */
export const sessionClosed = (sessionId: string, close: SessionClose): Refusal =>
  refuse('session-closed', `session ${sessionId} closed as ${close.reason} at ${formatInstant(close.atMs)}`, {
    index: 0,
    close,
  });
