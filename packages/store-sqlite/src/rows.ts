import type { SqliteInput } from '@lapse/sqlite';
import type { ByteArena } from './byte-arena.js';
import type { ContentType, EventToAppend, Facts } from '@lapse/store';

/** The columns of `events` in the order in which {@link newRow} fills them. */
export const EVENT_COLUMNS =
  'position, stream, revision, kind, at, flags, id_low, stored_at, type, content_type, id, metadata, data';

export const POSITION = 0;
export const STREAM = 1;
export const REVISION = 2;
export const STORED_AT = 7;
export const TYPE = 8;
export const ID = 10;

const CONTENT_TYPES: readonly ContentType[] = ['application/json', 'application/octet-stream'];

export const contentTypeOf = (code: number): ContentType => CONTENT_TYPES[code] ?? 'application/octet-stream';

/**
 * One event as parameters of the insert. What only its transaction knows (position, stream, revision, time) is filled in
 * there; the type stands by its name and gets its key there, too.
 */
export const newRow = (event: EventToAppend, facts: Facts, arena: ByteArena): SqliteInput[] => [
  0,
  0,
  0,
  facts.kind,
  facts.atMs,
  facts.flags,
  Number.parseInt(event.id.slice(28), 16),
  0,
  event.type,
  event.contentType === 'application/json' ? 0 : 1,
  event.id,
  arena.copy(event.metadata),
  arena.copy(event.data),
];
