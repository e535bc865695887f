import type { SqliteInput } from '@lapse/sqlite';
import type { ContentType, EventToAppend, Facts } from '@lapse/store';

/** The columns of `events` in the order in which {@link newRow} fills them. */
export const EVENT_COLUMNS =
  'position, stream, revision, kind, at, flags, id_low, stored_at, type, content_type, id, metadata, data';

export const POSITION = 0;
export const STREAM = 1;
export const REVISION = 2;
export const STORED_AT = 7;
export const TYPE = 8;

const CONTENT_TYPES: readonly ContentType[] = ['application/json', 'application/octet-stream'];

export const contentTypeOf = (code: number): ContentType => CONTENT_TYPES[code] ?? 'application/octet-stream';

/**
 * One event as parameters of the insert. What only its transaction knows (position, stream, revision, time, the type's key)
 * is filled in there; bytes are copied here, so that the caller may use its buffers again.
 */
export const newRow = (event: EventToAppend, facts: Facts): SqliteInput[] => [
  0,
  0,
  0,
  facts.kind,
  facts.atMs,
  facts.flags,
  Number.parseInt(event.id.slice(28), 16),
  0,
  0,
  event.contentType === 'application/json' ? 0 : 1,
  event.id,
  new Uint8Array(event.metadata),
  new Uint8Array(event.data),
];
