/**
 * The guards that every store calls before any I/O. A name or an id that one store takes and another refuses would make a
 * log impossible to move, and one stream name ends the process of an EventStoreDB 23.10 node; so the rules stand here once.
 */
import { StoreError, type StoreErrorCode } from './errors.js';
import {
  APPEND_BYTES_MAX_DEFAULT,
  PAGE_SIZE_DEFAULT,
  PAGE_SIZE_MAX,
  type EventToAppend,
  type ExpectedRevision,
  type ReadStreamOptions,
} from './port.js';

export const STREAM_NAME_CHARS_MAX = 1024;
export const EVENT_TYPE_CHARS_MAX = 256;
export const STREAM_PREFIXES_MAX = 100;
const SHOWN_CHARS_MAX = 80;

/** Names that start with `$` belong to the system. Stores keep them (a gateway needs `$metadata`); who wants to can refuse them. */
export interface NameRules {
  readonly systemNames?: 'allowed' | 'refused';
}

export interface AppendLimits extends NameRules {
  /** Default {@link APPEND_BYTES_MAX_DEFAULT}. */
  readonly appendBytesMax?: number;
}

const NIL_UUID = '00000000-0000-0000-0000-000000000000';
const CANONICAL_UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const CONTROL_CHARACTER = /\p{Cc}/u;
/** With the `u` flag a pair is one code point, so this finds only halves without their partner. */
const LONE_SURROGATE = /\p{Surrogate}/u;

const refuse = (code: StoreErrorCode, message: string): never => {
  throw new StoreError(code, message);
};

/** A value for an error message: control characters escaped, never longer than a line, and never failing itself. */
export const shown = (value: unknown): string => {
  const text = typeof value === 'string' ? JSON.stringify(value.slice(0, SHOWN_CHARS_MAX + 1)) : shownOther(value);
  return text.length <= SHOWN_CHARS_MAX ? text : `${text.slice(0, SHOWN_CHARS_MAX)}…`;
};

/** An object is shown by its kind: its own `toString` may throw, or write a megabyte. */
const shownOther = (value: unknown): string =>
  typeof value === 'function' || (typeof value === 'object' && value !== null)
    ? Object.prototype.toString.call(value)
    : String(value);

const checkText = (text: unknown, what: string, charsMax: number, code: StoreErrorCode): string => {
  if (typeof text !== 'string') return refuse(code, `${what} must be text, not ${shown(text)}`);
  if (text.length === 0) return refuse(code, `${what} must not be empty`);
  if (text.length > charsMax) {
    return refuse(code, `${what} ${shown(text)} has ${text.length} characters, at most ${charsMax} are taken`);
  }
  return checkCharacters(text, what, code);
};

const checkCharacters = (text: string, what: string, code: StoreErrorCode): string => {
  if (CONTROL_CHARACTER.test(text)) return refuse(code, `${what} ${shown(text)} has a control character`);
  if (LONE_SURROGATE.test(text)) return refuse(code, `${what} ${shown(text)} has half a surrogate pair`);
  return text;
};

/** Throws `bad-stream-name`. The name `$$` is refused always: it ends the process of an EventStoreDB 23.10 node. */
export const checkStreamName = (stream: unknown, rules: NameRules = {}): void => {
  const name = checkText(stream, 'stream name', STREAM_NAME_CHARS_MAX, 'bad-stream-name');
  if (name === '$$') refuse('bad-stream-name', 'stream name "$$" is refused: it names the metadata of no stream');
  if (rules.systemNames === 'refused' && name.startsWith('$')) {
    refuse('bad-stream-name', `stream name ${shown(name)} starts with "$", which is kept for the system`);
  }
};

/** Throws `bad-event-id` for anything but a UUID in lower case with hyphens that is not all zeros. */
export const checkEventId = (id: unknown): void => {
  if (typeof id !== 'string' || !CANONICAL_UUID.test(id)) {
    refuse('bad-event-id', `event id ${shown(id)} is no UUID in lower case with hyphens`);
  }
  if (id === NIL_UUID) refuse('bad-event-id', `event id ${NIL_UUID} (all zeros) names no event`);
};

/** Throws `bad-event-type`. */
export const checkEventType = (type: unknown, rules: NameRules = {}): void => {
  const name = checkText(type, 'event type', EVENT_TYPE_CHARS_MAX, 'bad-event-type');
  if (rules.systemNames === 'refused' && name.startsWith('$')) {
    refuse('bad-event-type', `event type ${shown(name)} starts with "$", which is kept for the system`);
  }
};

/** Not `instanceof`: bytes may come from another realm (workers, test runners). A Buffer is fine. */
const isBytes = (value: unknown): value is Uint8Array =>
  ArrayBuffer.isView(value) && Object.prototype.toString.call(value) === '[object Uint8Array]';

/** Throws `bad-content` for a content type other than the two, or for a payload that is not bytes. */
export const checkContent = (event: Pick<EventToAppend, 'contentType' | 'data' | 'metadata'>): void => {
  const contentType: unknown = event.contentType;
  if (contentType !== 'application/json' && contentType !== 'application/octet-stream') {
    refuse(
      'bad-content',
      `content type ${shown(contentType)} is neither application/json nor application/octet-stream`,
    );
  }
  if (!isBytes(event.data)) refuse('bad-content', `data must be a Uint8Array, not ${shown(event.data)}`);
  if (!isBytes(event.metadata)) refuse('bad-content', `metadata must be a Uint8Array, not ${shown(event.metadata)}`);
};

/** Throws `bad-revision` for anything but `any` and whole numbers from -1. */
export const checkExpectedRevision = (expected: unknown): void => {
  if (expected === 'any') return;
  if (!Number.isSafeInteger(expected) || (expected as number) < -1) {
    refuse('bad-revision', `expected revision ${shown(expected)} is neither "any" nor a whole number from -1`);
  }
};

/** What one append weighs: data + metadata + 2 × type length, summed over its events. */
export const appendBytes = (events: readonly EventToAppend[]): number =>
  events.reduce((sum, event) => sum + event.data.byteLength + event.metadata.byteLength + 2 * event.type.length, 0);

/** Everything about an append that can be judged without the log. Throws a {@link StoreError}; does not look at history. */
export const checkAppend = (
  stream: string,
  events: readonly EventToAppend[],
  expectedRevision: ExpectedRevision,
  limits: AppendLimits = {},
): void => {
  checkStreamName(stream, limits);
  checkExpectedRevision(expectedRevision);
  for (const event of events) {
    checkEventId(event.id);
    checkEventType(event.type, limits);
    checkContent(event);
  }
  const bytes = appendBytes(events);
  const bytesMax = limits.appendBytesMax ?? APPEND_BYTES_MAX_DEFAULT;
  if (bytes > bytesMax) {
    refuse('append-too-large', `append of ${bytes} bytes to ${shown(stream)}, at most ${bytesMax} are taken`);
  }
};

/** The page size to use; throws `bad-page-size` outside 1 to {@link PAGE_SIZE_MAX}. */
export const checkPageSize = (maxCount: number | undefined): number => {
  if (maxCount === undefined) return PAGE_SIZE_DEFAULT;
  if (!Number.isSafeInteger(maxCount) || maxCount < 1 || maxCount > PAGE_SIZE_MAX) {
    refuse('bad-page-size', `page size ${shown(maxCount)} is no whole number from 1 to ${PAGE_SIZE_MAX}`);
  }
  return maxCount;
};

export interface StreamRead {
  readonly from: number | 'start' | 'end';
  readonly direction: 'forwards' | 'backwards';
  readonly maxCount: number;
}

/** Fills in the defaults of {@link ReadStreamOptions}; throws `bad-stream-name`, `bad-revision`, `bad-page-size`. */
export const checkReadStream = (stream: string, options: ReadStreamOptions = {}): StreamRead => {
  checkStreamName(stream);
  const direction = options.direction ?? 'forwards';
  const from = options.from ?? (direction === 'forwards' ? 'start' : 'end');
  if (from !== 'start' && from !== 'end' && (!Number.isSafeInteger(from) || from < 0)) {
    refuse('bad-revision', `revision ${shown(from)} to read from is neither "start", "end" nor a whole number from 0`);
  }
  return { from, direction, maxCount: checkPageSize(options.maxCount) };
};

/** Throws `bad-stream-name` for more than {@link STREAM_PREFIXES_MAX} prefixes, or one that no stream name can start with. */
export const checkStreamPrefixes = (prefixes: readonly string[] | undefined): void => {
  if (prefixes === undefined) return;
  if (prefixes.length > STREAM_PREFIXES_MAX) {
    refuse('bad-stream-name', `${prefixes.length} stream prefixes, at most ${STREAM_PREFIXES_MAX} are taken`);
  }
  for (const prefix of prefixes) {
    if (prefix !== '') checkText(prefix, 'stream prefix', STREAM_NAME_CHARS_MAX, 'bad-stream-name');
  }
};
