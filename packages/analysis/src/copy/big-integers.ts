import type { EventToAppend } from '@lapse/store';

const SIXTEEN_DIGITS = /\d{16}/;
const TEXTS = /"(?:[^"\\]|\\.)*"/g;
const LONG_INTEGERS = /(?<![\d.eE+-])-?\d{16,}(?![\d.eE])/g;

/**
 * Whether a JSON event holds an integer that JavaScript cannot hold (beyond 2^53). Bytes carry it unchanged from store to
 * store; a client that parses JSON when it reads, as the official one for Node does, shows another number.
 */
export const holdsBigInteger = (event: EventToAppend): boolean =>
  event.contentType === 'application/json' && (isBigIn(event.data) || isBigIn(event.metadata));

const isBigIn = (bytes: Uint8Array): boolean => {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  // Almost no event has so many digits in a row: the rest is not looked at further.
  if (!SIXTEEN_DIGITS.test(text)) return false;
  const integers = text.replace(TEXTS, '""').match(LONG_INTEGERS) ?? [];
  return integers.some((integer) => !Number.isSafeInteger(Number(integer)));
};
