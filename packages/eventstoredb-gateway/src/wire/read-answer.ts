import { eventBytes } from './event-bytes.js';
import { ReadResp, streamIdentifier, type RecordedEventMessage } from './messages.js';
import type { ShownEvent, UuidForm } from './shown-event.js';
import { ticksOf } from './ticks.js';
import { uuidMessage } from './uuid.js';

const recorded = (event: ShownEvent, form: UuidForm): RecordedEventMessage => {
  const position = String(event.position);
  const message = new ReadResp.ReadEvent.RecordedEvent()
    .setId(uuidMessage(event.id, form))
    .setStreamIdentifier(streamIdentifier(event.stream))
    .setStreamRevision(String(event.revision))
    .setPreparePosition(position)
    .setCommitPosition(position)
    .setCustomMetadata(event.metadata)
    .setData(event.data);
  message
    .getMetadataMap()
    .set('type', event.type)
    .set('created', ticksOf(event.storedAtMs))
    .set('content-type', event.contentType);
  return message;
};

/** A link that was resolved: the event that it leads to, absent where that is gone, hidden or not for this reader. */
export interface ResolvedLink {
  readonly link: ShownEvent;
  readonly event: ShownEvent | undefined;
}

/** A message, or the bytes of one that were written by hand. */
export type ReadAnswer = ReadResp | Buffer;

export const serializeReadAnswer = (answer: ReadAnswer): Buffer =>
  Buffer.isBuffer(answer) ? answer : Buffer.from(answer.serializeBinary());

export const readAnswerMessage = (answer: ReadAnswer): ReadResp =>
  Buffer.isBuffer(answer) ? ReadResp.deserializeBinary(answer) : answer;

/** An event that stands for itself, as a message. */
export const eventMessage = (event: ShownEvent, form: UuidForm): ReadResp =>
  new ReadResp().setEvent(
    new ReadResp.ReadEvent().setEvent(recorded(event, form)).setCommitPosition(String(event.position)),
  );

export const eventAnswer = (event: ShownEvent, form: UuidForm): ReadAnswer =>
  typeof event.revision === 'number' ? eventBytes(event, event.revision, form) : eventMessage(event, form);

export const linkAnswer = ({ link, event }: ResolvedLink, form: UuidForm): ReadResp => {
  const answer = new ReadResp.ReadEvent().setLink(recorded(link, form)).setCommitPosition(String(link.position));
  if (event !== undefined) answer.setEvent(recorded(event, form));
  return new ReadResp().setEvent(answer);
};

export const confirmation = (subscriptionId: string): ReadResp =>
  new ReadResp().setConfirmation(new ReadResp.SubscriptionConfirmation().setSubscriptionId(subscriptionId));

export const caughtUp = (): ReadResp => new ReadResp().setCaughtUp(new ReadResp.CaughtUp());

export const checkpoint = (commit: number, prepare: number): ReadResp =>
  new ReadResp().setCheckpoint(
    new ReadResp.Checkpoint().setCommitPosition(String(commit)).setPreparePosition(String(prepare)),
  );

export const streamNotFound = (stream: string): ReadResp =>
  new ReadResp().setStreamNotFound(new ReadResp.StreamNotFound().setStreamIdentifier(streamIdentifier(stream)));

export const firstStreamPosition = (revision: number): ReadResp =>
  new ReadResp().setFirstStreamPosition(String(revision));

export const lastStreamPosition = (revision: number): ReadResp =>
  new ReadResp().setLastStreamPosition(String(revision));
