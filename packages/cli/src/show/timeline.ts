import type { SessionAnswer, SessionEventAnswer } from '@lapse/api';
import { duration } from './duration.js';

/** A session as a person reads it: every event with the clock that it started, then where it stands and why. */
export const timelineText = (session: SessionAnswer, events: readonly SessionEventAnswer[]): string => {
  const head = `session ${session.sessionId}  merchant ${session.merchantId}  ${session.state}`;
  const before = session.previousSessionId === null ? [] : [`follows ${session.previousSessionId}`];
  const lines = events.map(
    (event) => `  ${String(event.revision).padStart(4)}  ${event.occurredAt ?? event.storedAt}  ${describe(event)}`,
  );
  return [head, ...before, ...limitsLine(session), ...lines, ...standing(session)].join('\n');
};

const limitsLine = ({ config }: SessionAnswer): string[] => {
  if (config === null) return ['limits: not recorded yet'];
  const { agentReplyMinutes, buyerReplyMinutes, queueMinutes } = config;
  const limits = `agent ${minutes(agentReplyMinutes)}, buyer ${minutes(buyerReplyMinutes)}, queue ${minutes(queueMinutes)}`;
  return [`limits: ${limits} (${config.policy}, config version ${config.version})`];
};

const minutes = (limit: number | null): string => (limit === null ? 'none' : `${limit} min`);

const standing = (session: SessionAnswer): string[] => {
  if (session.close !== null) return [session.close.why];
  if (session.comingClose !== null) {
    const { why, provisional } = session.comingClose;
    return [
      `lapsed, its close is about to be written${provisional ? ' (an event in time may still come)' : ''}: ${why}`,
    ];
  }
  if (session.deadline === null || session.remainingMs === null) return ['no clock runs'];
  return [`running: ${session.rule} until ${session.deadline}, ${duration(session.remainingMs)} left`];
};

const describe = ({ type, data }: SessionEventAnswer): string => {
  // Of a type that Lapse does not know, or an event that was skipped because nobody can read it.
  if (data === null) return `${type} (not read)`;
  const text = (field: string): string => (typeof data[field] === 'string' ? ` ${data[field]}` : '');
  switch (type) {
    case 'opened':
      return `opened by ${text('openedBy').trim()}${text('buyerId')}`;
    case 'config-version':
      return `config version ${String(data['version'])} pinned`;
    case 'message-from-buyer':
      return `buyer${text('senderId')} wrote`;
    case 'message-from-agent':
      return data['automated'] === true ? 'automated reply' : `agent${text('senderId')} wrote`;
    case 'queued':
      return `queued${text('queueId')}`;
    case 'closed':
      return `closed:${text('reason')}`;
    default:
      return type;
  }
};
