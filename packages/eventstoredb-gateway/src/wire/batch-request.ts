import jspb from 'google-protobuf';
import { BatchAppendReq } from './messages.js';

/** A request together with the one field that the generated classes do not know: newer clients send their deadline as a duration. */
export interface BatchRequest {
  readonly message: BatchAppendReq;
  /** How long the client wants to wait; undefined where it sent no duration. */
  readonly durationMs: number | undefined;
}

const REQUEST_OPTIONS = 2;
const OPTIONS_DURATION = 7;
const DURATION_SECONDS = 1;
const DURATION_NANOS = 2;

const LENGTH_DELIMITED = 2;

/** The bytes of the last field of this number; undefined where there is none. Everything else is skipped unread. */
const fieldBytes = (message: Uint8Array, number: number): Uint8Array | undefined => {
  const reader = new jspb.BinaryReader(message);
  let found: Uint8Array | undefined;
  while (reader.nextField()) {
    if (reader.getFieldNumber() === number && reader.getWireType() === LENGTH_DELIMITED) found = reader.readBytes();
    else reader.skipField();
  }
  return found;
};

const durationMs = (duration: Uint8Array): number => {
  const reader = new jspb.BinaryReader(duration);
  let seconds = 0;
  let nanos = 0;
  while (reader.nextField()) {
    const number = reader.getFieldNumber();
    if (number === DURATION_SECONDS) seconds = reader.readInt64();
    else if (number === DURATION_NANOS) nanos = reader.readInt32();
    else reader.skipField();
  }
  return seconds * 1000 + nanos / 1_000_000;
};

export const readBatchRequest = (bytes: Uint8Array): BatchRequest => {
  // A plain view: on a Buffer the generated classes would slice, and so keep, the whole chunk of the network.
  const message = BatchAppendReq.deserializeBinary(new Uint8Array(bytes));
  if (!message.hasOptions()) return { message, durationMs: undefined };
  const options = fieldBytes(bytes, REQUEST_OPTIONS);
  const duration = options === undefined ? undefined : fieldBytes(options, OPTIONS_DURATION);
  return { message, durationMs: duration === undefined ? undefined : durationMs(duration) };
};
