import { isAscii } from 'node:buffer';

/**
 * Payloads of a stretch of the log that came along as text: all of them in one, as SQLite joins them, and as bytes, which change
 * their thread without a copy.
 */
export interface JoinedTexts {
  /** Of each event whether it has one: 1 or 0. */
  readonly has: Uint8Array;
  readonly data: Uint8Array;
  readonly metadata: Uint8Array;
}

/** What {@link JoinedTexts} hold, one by one. */
export interface Texts {
  /** By event: where its text stands in the other two; -1: nowhere. Empty: nothing came along. */
  readonly places: Int32Array;
  readonly data: readonly string[];
  readonly metadata: readonly string[];
}

const NO_TEXTS: Texts = { places: new Int32Array(0), data: [], metadata: [] };

/** Behind each text. It stands in no JSON; where it stands in a text all the same, no text of the stretch is used. */
const SEPARATOR = '\u0001';

/** Joins what is not null in a column of text. */
export const joinedSql = (column: string): string => {
  const separator = `char(${SEPARATOR.charCodeAt(0)})`;
  return `CAST(group_concat(${column}, ${separator}) || ${separator} AS BLOB)`;
};

export const textsOf = (joined: JoinedTexts | undefined): Texts => {
  if (joined === undefined) return NO_TEXTS;
  const { has } = joined;
  const places = new Int32Array(has.length);
  let count = 0;
  for (let i = 0; i < has.length; i++) places[i] = has[i] === 0 ? -1 : count++;
  const texts = { places, data: split(joined.data), metadata: split(joined.metadata) };
  return texts.data.length === count + 1 && texts.metadata.length === count + 1 ? texts : NO_TEXTS;
};

const split = (joined: Uint8Array): string[] => {
  const bytes = Buffer.from(joined.buffer, joined.byteOffset, joined.byteLength);
  return bytes.toString(isAscii(bytes) ? 'latin1' : 'utf8').split(SEPARATOR);
};
