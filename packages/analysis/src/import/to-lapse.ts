import { derivedEventId, type LapseEvent, type OpenedData } from '@lapse/domain';
import type { EventToSend } from '@lapse/commands';
import type { SourceEvent } from './format.js';

type Opening = Extract<SourceEvent, { type: 'opened' }>;

/** The id of an imported event: importing twice adds nothing. */
export const importedEventId = (source: string, event: SourceEvent): string =>
  derivedEventId('import', source, event.session, event.seq);

export const openedDataOf = (event: Opening): OpenedData => ({
  merchantId: event.merchant,
  openedBy: event.by,
  buyerId: event.buyer,
  externalId: event.session,
});

/** What a source recorded, in Lapse's words; a close keeps the source's own reason. */
export const toSend = (source: string, event: Exclude<SourceEvent, Opening>): EventToSend => {
  const placed = { id: importedEventId(source, event), occurredAtMs: event.at };
  switch (event.type) {
    case 'message-from-buyer':
      return { ...placed, type: event.type, data: { senderId: event.actor, length: event.len ?? undefined } };
    case 'message-from-agent':
      return {
        ...placed,
        type: event.type,
        data: { senderId: event.actor, length: event.len ?? undefined, automated: event.automated },
      };
    case 'queued':
      return { ...placed, type: event.type, data: { queueId: event.team ?? undefined } };
    case 'closed':
      return { ...placed, type: event.type, data: { reason: 'by-source', sourceReason: event.reason ?? undefined } };
  }
};

export const toLapseEvent = (sent: EventToSend, occurredAtMs: number): LapseEvent =>
  ({ type: sent.type, occurredAtMs, data: sent.data }) as LapseEvent;
