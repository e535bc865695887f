import { deadlineOf, formatInstant, unseen, type SessionState } from '@lapse/domain';
import type { Opened } from '@lapse/commands';
import type { OpenSessionAnswer } from '@lapse/api';
import { limitsAnswer } from './config.js';
import { instantOrNull } from './instants.js';

export const openedAnswer = (opened: Opened): OpenSessionAnswer => {
  const asOpened = stateAsOpened(opened);
  return {
    outcome: opened.repeated ? 'repeated' : 'opened',
    sessionId: opened.sessionId,
    eventId: opened.eventId,
    openedAt: formatInstant(opened.openedAtMs),
    revision: opened.revision,
    position: opened.position ?? null,
    config: limitsAnswer(opened.pin),
    rule: asOpened.rule,
    deadline: instantOrNull(deadlineOf(asOpened)),
  };
};

/** A session right after its opening, so that the deadline comes from the same function as every other. */
const stateAsOpened = (opened: Opened): SessionState => ({
  ...unseen(''),
  status: 'open',
  pin: opened.pin,
  openedAtMs: opened.openedAtMs,
  anchorAtMs: opened.openedAtMs,
});
