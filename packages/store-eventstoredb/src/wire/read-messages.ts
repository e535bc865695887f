import type { ContentType, Position } from '@lapse/store';
import { positionText } from '../position.js';
import { ProtoReader } from './reader.js';

/** An event as it came over the wire, its bytes untouched. */
export interface WireEvent {
  readonly stream: string;
  readonly id: string;
  readonly type: string;
  readonly revision: number;
  /** Empty where the server did not tell one (before 22.6, on reads of a stream). */
  readonly position: Position;
  readonly contentType: ContentType;
  readonly storedAtMs: number;
  readonly data: Buffer;
  readonly metadata: Buffer;
}

export type ReadMessage =
  | { readonly kind: 'event'; readonly event: WireEvent }
  | { readonly kind: 'checkpoint'; readonly position: Position }
  | { readonly kind: 'confirmation' | 'no-stream' | 'caught-up' | 'other' }
  /** Bytes that cannot be read as an event. Where it stood is unknown, so it must not be passed over in silence. */
  | { readonly kind: 'undecodable'; readonly reason: string };

const NO_BYTES: Buffer = Buffer.alloc(0);
const TICKS_PER_MS_DIGITS = 4;

/** Reads one answer of the server's `Read`. Never throws, whatever the bytes are. */
export const readMessage = (bytes: Buffer): ReadMessage => {
  try {
    return contentOf(new ProtoReader(bytes));
  } catch (error) {
    return { kind: 'undecodable', reason: error instanceof Error ? error.message : String(error) };
  }
};

const contentOf = (response: ProtoReader): ReadMessage => {
  while (response.next()) {
    switch (response.field) {
      case 1:
        return eventOf(response.message());
      case 2:
        return { kind: 'confirmation' };
      case 3:
        return { kind: 'checkpoint', position: checkpointOf(response.message()) };
      case 4:
        return { kind: 'no-stream' };
      case 8:
        return { kind: 'caught-up' };
      default:
        response.skip();
    }
  }
  return { kind: 'other' };
};

const checkpointOf = (message: ProtoReader): Position => {
  let commit: number | bigint = 0;
  let prepare: number | bigint = 0;
  while (message.next()) {
    if (message.field === 1) commit = message.uint64();
    else if (message.field === 2) prepare = message.uint64();
    else message.skip();
  }
  return positionText(commit, prepare);
};

/** A link whose event is gone comes without an event: where it stands is told by the link. */
const eventOf = (message: ProtoReader): ReadMessage => {
  let link: WireEvent | undefined;
  while (message.next()) {
    if (message.field === 1) return { kind: 'event', event: recordedOf(message.message()) };
    if (message.field === 2) link = recordedOf(message.message());
    else message.skip();
  }
  return link === undefined
    ? { kind: 'undecodable', reason: 'an event without content' }
    : { kind: 'event', event: link };
};

const recordedOf = (message: ProtoReader): WireEvent => {
  const event = {
    stream: '',
    id: '',
    type: '',
    revision: 0,
    position: '' as Position,
    contentType: 'application/octet-stream' as ContentType,
    storedAtMs: 0,
    data: NO_BYTES,
    metadata: NO_BYTES,
  };
  let commit: number | bigint = 0;
  let prepare: number | bigint = 0;
  while (message.next()) {
    switch (message.field) {
      case 1:
        event.id = idOf(message.message());
        break;
      case 2:
        event.stream = nameOf(message.message());
        break;
      case 3:
        event.revision = Number(message.uint64());
        break;
      case 4:
        prepare = message.uint64();
        break;
      case 5:
        commit = message.uint64();
        break;
      case 6:
        readSystemMetadata(message.message(), event);
        break;
      case 7:
        event.metadata = message.bytesField();
        break;
      case 8:
        event.data = message.bytesField();
        break;
      default:
        message.skip();
    }
  }
  event.position = positionText(commit, prepare);
  return event;
};

const nameOf = (identifier: ProtoReader): string => {
  while (identifier.next()) {
    if (identifier.field === 3) return identifier.text();
    identifier.skip();
  }
  return '';
};

const readSystemMetadata = (
  entry: ProtoReader,
  event: { type: string; contentType: ContentType; storedAtMs: number },
): void => {
  let key = '';
  let value = '';
  while (entry.next()) {
    if (entry.field === 1) key = entry.text();
    else if (entry.field === 2) value = entry.text();
    else entry.skip();
  }
  if (key === 'type') event.type = value;
  else if (key === 'created') event.storedAtMs = msOfTicks(value);
  else if (key === 'content-type' && value === 'application/json') event.contentType = 'application/json';
};

/** 100 ns ticks since 1970 as text; 0 where the text is no such number. */
const msOfTicks = (ticks: string): number => {
  const ms = Number(ticks.slice(0, -TICKS_PER_MS_DIGITS));
  return Number.isSafeInteger(ms) ? ms : 0;
};

const idOf = (uuid: ProtoReader): string => {
  while (uuid.next()) {
    if (uuid.field === 2) return uuid.text().toLowerCase();
    if (uuid.field === 1) return structuredId(uuid.message());
    uuid.skip();
  }
  return '';
};

const structuredId = (structured: ProtoReader): string => {
  let most = 0n;
  let least = 0n;
  while (structured.next()) {
    if (structured.field === 1) most = BigInt(structured.uint64());
    else if (structured.field === 2) least = BigInt(structured.uint64());
    else structured.skip();
  }
  const hex = most.toString(16).padStart(16, '0') + least.toString(16).padStart(16, '0');
  return [8, 12, 16, 20, 32].map((end, i, ends) => hex.slice(ends[i - 1] ?? 0, end)).join('-');
};
