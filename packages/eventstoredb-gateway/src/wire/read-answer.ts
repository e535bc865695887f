import type { RecordedEvent } from '@lapse/store';
import { ReadResp, streamIdentifier, type RecordedEventMessage } from './messages.js';
import { uuidMessage } from './uuid.js';

export type UuidForm = 'structured' | 'string';

/** An event as readers are shown it: a tombstone bears a revision that no number of JavaScript is. */
export interface ShownEvent extends Omit<RecordedEvent, 'revision' | 'position'> {
  readonly revision: number | string;
  readonly position: number;
}

/** A hundred nanoseconds: the unit in which the wire has the time of an event. */
const TICKS_PER_MS = 10_000n;

export const ticksOf = (atMs: number): string => (BigInt(Math.floor(atMs)) * TICKS_PER_MS).toString();

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

export const eventAnswer = (event: ShownEvent, form: UuidForm): ReadResp =>
  new ReadResp().setEvent(
    new ReadResp.ReadEvent().setEvent(recorded(event, form)).setCommitPosition(String(event.position)),
  );

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
