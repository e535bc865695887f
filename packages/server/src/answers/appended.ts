import { formatInstant } from '@lapse/domain';
import type { AlreadyClosed, Appended } from '@lapse/commands';
import type { AppendAnswer } from '@lapse/api';
import { closeAnswer } from './close.js';

export const appendAnswer = (result: Appended | AlreadyClosed): AppendAnswer => {
  if (result.kind === 'already-closed') {
    const { sessionId, revision, close } = result;
    return { outcome: 'already-closed', sessionId, revision, close: closeAnswer(close) };
  }
  return {
    outcome: result.repeated ? 'repeated' : 'written',
    sessionId: result.sessionId,
    previousSessionId: result.previousSessionId ?? null,
    openedSuccessor: result.openedSuccessor,
    revision: result.revision,
    position: result.position ?? null,
    events: result.events.map((event) => ({
      id: event.id,
      type: event.type,
      revision: event.revision,
      occurredAt: formatInstant(event.occurredAtMs),
    })),
  };
};
