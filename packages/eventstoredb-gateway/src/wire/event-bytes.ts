import type { ShownEvent, UuidForm } from './shown-event.js';
import { ticksOf } from './ticks.js';

/*
 * A `ReadResp` that holds one event, written by hand: it is most of what a gateway sends, and the message classes take
 * several times as long for it. The bytes are theirs. Numbers of fields are those of the protocol's definitions, shifted by
 * three bits; 2 in the lowest ones stands for a length, 0 for a number.
 */
const RESP_EVENT = 0x0a;
const READ_EVENT = 0x0a;
const READ_COMMIT = 0x18;
const ID = 0x0a;
const STREAM = 0x12;
const REVISION = 0x18;
const PREPARE = 0x20;
const COMMIT = 0x28;
const METADATA = 0x32;
const CUSTOM_METADATA = 0x3a;
const DATA = 0x42;
const STREAM_NAME = 0x1a;
const UUID_STRUCTURED = 0x0a;
const UUID_STRING = 0x12;
const MOST_SIGNIFICANT = 0x08;
const LEAST_SIGNIFICANT = 0x10;
const KEY = 0x0a;
const VALUE = 0x12;

/** Before the event: two lengths and their tags. Beside its texts and bytes: ids, numbers, names of properties. */
const HEAD_BYTES = 16;
const REST_BYTES = 256;
const UTF8_BYTES_MAX = 3;

const varintSize = (value: number): number => {
  let size = 1;
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) size += 1;
  return size;
};

/** One event at a time is written here and copied out; a larger one makes it larger for good, up to the largest append. */
let bytes = Buffer.allocUnsafe(16_384);
let at = 0;

/** A whole number from 0 to 2^53, seven bits a byte, the lowest first. */
const putVarint = (value: number): void => {
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes[at++] = (rest % 128) | 128;
  bytes[at++] = rest;
};

const putNumber = (tag: number, value: number): void => {
  bytes[at++] = tag;
  putVarint(value);
};

/** A number of 64 bits, given as two halves; zero is left out. */
const putNumber64 = (tag: number, high: number, low: number): void => {
  if (high === 0 && low === 0) return;
  bytes[at++] = tag;
  let [upper, lower] = [high, low];
  while (upper !== 0 || lower >= 128) {
    bytes[at++] = (lower & 127) | 128;
    lower = ((lower >>> 7) | (upper << 25)) >>> 0;
    upper >>>= 7;
  }
  bytes[at++] = lower;
};

const putBytes = (tag: number, value: Uint8Array): void => {
  if (value.length === 0) return;
  putNumber(tag, value.length);
  bytes.set(value, at);
  at += value.length;
};

const putText = (tag: number, text: string, length: number): void => {
  putNumber(tag, length);
  at += bytes.write(text, at, length, 'utf8');
};

/** Its length stands in one byte before it: for what is never longer than 127. */
const putShort = (tag: number, put: () => void): void => {
  bytes[at] = tag;
  const start = at + 2;
  at = start;
  put();
  bytes[start - 1] = at - start;
};

const half = (digits: string): number => Number.parseInt(digits, 16);

const putId = (id: string, form: UuidForm): void =>
  putShort(ID, () => {
    if (form === 'string') {
      putText(UUID_STRING, id, id.length);
      return;
    }
    const hex = id.replaceAll('-', '');
    putShort(UUID_STRUCTURED, () => {
      putNumber64(MOST_SIGNIFICANT, half(hex.slice(0, 8)), half(hex.slice(8, 16)));
      putNumber64(LEAST_SIGNIFICANT, half(hex.slice(16, 24)), half(hex.slice(24)));
    });
  });

const putProperty = (key: string, value: string): void => {
  const length = Buffer.byteLength(value);
  putNumber(METADATA, 2 + key.length + 1 + varintSize(length) + length);
  putText(KEY, key, key.length);
  putText(VALUE, value, length);
};

const putRecorded = (event: ShownEvent, revision: number, form: UuidForm): void => {
  const streamBytes = Buffer.byteLength(event.stream);
  putId(event.id, form);
  putNumber(STREAM, 1 + varintSize(streamBytes) + streamBytes);
  putText(STREAM_NAME, event.stream, streamBytes);
  if (revision > 0) putNumber(REVISION, revision);
  putNumber(PREPARE, event.position);
  putNumber(COMMIT, event.position);
  putProperty('content-type', event.contentType);
  putProperty('created', ticksOf(event.storedAtMs));
  putProperty('type', event.type);
  putBytes(CUSTOM_METADATA, event.metadata);
  putBytes(DATA, event.data);
};

/** The bytes of an answer with this event, its revision being a number that JavaScript has. Positions are above 0. */
export const eventBytes = (event: ShownEvent, revision: number, form: UuidForm): Buffer => {
  const texts = UTF8_BYTES_MAX * (event.stream.length + event.type.length);
  const needed = HEAD_BYTES + event.data.length + event.metadata.length + texts + REST_BYTES;
  if (bytes.length < needed) bytes = Buffer.allocUnsafe(needed);
  at = HEAD_BYTES;
  putRecorded(event, revision, form);
  const recordedBytes = at - HEAD_BYTES;
  putNumber(READ_COMMIT, event.position);
  const end = at;
  const readBytes = 1 + varintSize(recordedBytes) + end - HEAD_BYTES;
  const start = HEAD_BYTES - 2 - varintSize(recordedBytes) - varintSize(readBytes);
  at = start;
  putNumber(RESP_EVENT, readBytes);
  putNumber(READ_EVENT, recordedBytes);
  return Buffer.copyBytesFrom(bytes, start, end - start);
};
