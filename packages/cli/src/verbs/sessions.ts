import {
  openSessionAnswer,
  repeatedAnswer,
  sessionAnswer,
  sessionEventsAnswer,
  type SessionEventAnswer,
} from '@lapse/api';
import type { Io } from '../io.js';
import { withService } from '../service/with-service.js';
import type { Service } from '../service/http.js';
import { timelineText } from '../show/timeline.js';
import { print, type FolderFlags } from './verb.js';

export interface OpenFlags extends FolderFlags {
  readonly merchant: string;
  readonly by: string;
  readonly buyer?: string;
  readonly agent?: string;
  readonly externalId?: string;
  readonly sessionId?: string;
  readonly at?: string;
}

/** `lapse open` */
export const openVerb = (io: Io, flags: OpenFlags): Promise<void> =>
  withService(io, flags, async (service) => {
    const request = {
      merchantId: flags.merchant,
      openedBy: flags.by,
      buyerId: flags.buyer,
      agentId: flags.agent,
      externalId: flags.externalId,
      sessionId: flags.sessionId,
      occurredAt: flags.at,
    };
    const opened = await service.send('POST', '/v1/sessions', request, openSessionAnswer);
    print(io, flags, opened, () => {
      const { config } = opened;
      const runs = opened.deadline === null ? 'no clock runs' : `${opened.rule} until ${opened.deadline}`;
      return `${opened.sessionId}  ${opened.outcome} at ${opened.openedAt}  config version ${config.version}  ${runs}`;
    });
  });

export interface AppendFlags extends FolderFlags {
  readonly id?: string;
  readonly at?: string;
  readonly sender?: string;
  readonly messageId?: string;
  readonly length?: string;
  readonly automated?: boolean;
  readonly queue?: string;
  readonly reason?: string;
  readonly expectedRevision?: string;
  readonly openNew?: boolean;
}

/** `lapse append SESSION TYPE` */
export const appendVerb = (io: Io, sessionId: string, type: string, flags: AppendFlags): Promise<void> =>
  withService(io, flags, async (service) => {
    const request = {
      type,
      id: flags.id,
      occurredAt: flags.at,
      data: {
        senderId: flags.sender,
        messageId: flags.messageId,
        length: numberOf(flags.length),
        automated: flags.automated,
        queueId: flags.queue,
        reason: type === 'closed' ? (flags.reason ?? 'by-system') : flags.reason,
      },
      expectedRevision: numberOf(flags.expectedRevision),
      onClosed: flags.openNew === true ? 'open-new' : undefined,
    };
    const path = `/v1/sessions/${encodeURIComponent(sessionId)}/events`;
    const answer = await service.send('POST', path, request, repeatedAnswer);
    print(io, flags, answer, () => {
      if (answer.outcome === 'already-closed') {
        return `${answer.sessionId}  already closed as ${answer.close.reason} at ${answer.close.at}`;
      }
      const successor = answer.openedSuccessor ? `  opened after ${answer.previousSessionId}` : '';
      return `${answer.sessionId}  ${type} ${answer.outcome} at revision ${answer.revision}${successor}`;
    });
  });

/** Left as text where it is none: the server says what it wants instead. */
const numberOf = (text: string | undefined): number | string | undefined =>
  text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : text;

/** `lapse show SESSION` */
export const showVerb = (io: Io, sessionId: string, flags: FolderFlags): Promise<void> =>
  withService(io, flags, async (service) => {
    const path = `/v1/sessions/${encodeURIComponent(sessionId)}`;
    const session = await service.get(path, sessionAnswer);
    const events = await readEvents(service, path);
    print(io, flags, { ...session, events }, () => timelineText(session, events));
  });

const readEvents = async (service: Service, path: string): Promise<SessionEventAnswer[]> => {
  const events: SessionEventAnswer[] = [];
  let from: number | null = 0;
  while (from !== null) {
    const page: { events: SessionEventAnswer[]; nextRevision: number | null } = await service.get(
      `${path}/events?fromRevision=${from}&limit=1000`,
      sessionEventsAnswer,
    );
    events.push(...page.events);
    from = page.nextRevision;
  }
  return events;
};
