import type { EventToAppend, ExpectedRevision } from '@lapse/store';
import { ProtoWriter } from './writer.js';

/** Requests of the server's write path, field by field as in its protocol. */
const CHUNK_BYTES_MAX = 3 * 1024 * 1024;

/** An append in the form in which it goes over the wire, made once and sent as often as needed. */
export interface EncodedAppend {
  readonly stream: string;
  readonly expected: ExpectedRevision;
  readonly ids: readonly string[];
  /** One proposed message each. */
  readonly messages: readonly Buffer[];
}

/** Copies every byte: the caller may change its buffers as soon as this returns. */
export const encodeAppend = (
  stream: string,
  events: readonly EventToAppend[],
  expected: ExpectedRevision,
): EncodedAppend => ({ stream, expected, ids: events.map(({ id }) => id), messages: events.map(proposedMessage) });

const proposedMessage = (event: EventToAppend): Buffer =>
  new ProtoWriter()
    .message(1, (uuid) => uuid.text(2, event.id))
    .entry(2, 'type', event.type)
    .entry(2, 'content-type', event.contentType)
    .bytesField(3, event.metadata)
    .bytesField(4, event.data)
    .finish();

const target = (writer: ProtoWriter, { stream, expected }: EncodedAppend): ProtoWriter => {
  writer.message(1, (identifier) => identifier.text(3, stream));
  if (expected === 'any') return writer.message(4, () => undefined);
  return expected < 0 ? writer.message(3, () => undefined) : writer.number(2, expected);
};

/** The messages of one call of `Append`. */
export const appendRequests = (append: EncodedAppend): Buffer[] => [
  new ProtoWriter().message(1, (options) => target(options, append)).finish(),
  ...append.messages.map((message) => new ProtoWriter().bytesField(2, message).finish()),
];

/**
 * The messages of one append on a `BatchAppend` call. The correlation id is a number in the low half of a structured UUID.
 * The deadline is a duration: the server measures it with its own clock.
 */
export const batchRequests = (append: EncodedAppend, correlation: number, deadlineMs: number): Buffer[] => {
  const chunks = chunksOf(append.messages);
  return chunks.map((messages, i) => {
    const request = new ProtoWriter().message(1, (uuid) =>
      uuid.message(1, (structured) => structured.number(1, 1).number(2, correlation)),
    );
    if (i === 0) request.message(2, (options) => duration(target(options, append), deadlineMs));
    for (const message of messages) request.bytesField(3, message);
    if (i === chunks.length - 1) request.number(4, 1);
    return request.finish();
  });
};

const duration = (options: ProtoWriter, ms: number): ProtoWriter =>
  options.message(7, (time) => time.number(1, Math.floor(ms / 1000)).number(2, Math.round(ms % 1000) * 1_000_000));

const chunksOf = (messages: readonly Buffer[]): Buffer[][] => {
  const chunks: Buffer[][] = [[]];
  let bytes = 0;
  for (const message of messages) {
    if (bytes > 0 && bytes + message.byteLength > CHUNK_BYTES_MAX) {
      chunks.push([]);
      bytes = 0;
    }
    chunks.at(-1)!.push(message);
    bytes += message.byteLength;
  }
  return chunks;
};
