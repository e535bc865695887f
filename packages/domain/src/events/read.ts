import { z } from 'zod';
import { lift } from './lift.js';
import { CURRENT_SCHEMA_VERSION, dataSchemas, instantMs, isEventType, type LapseEvent } from './schemas.js';

/** The part of a stored event that reading it needs. */
export interface StoredBytes {
  readonly type: string;
  readonly contentType: string;
  readonly data: Uint8Array;
  readonly metadata: Uint8Array;
}

/** D11: a type that Lapse does not know is ignored; one that it knows but cannot read parks the stream, with the reason. */
export type ReadEvent =
  | { readonly kind: 'event'; readonly event: LapseEvent }
  | { readonly kind: 'unknown'; readonly type: string }
  | { readonly kind: 'unreadable'; readonly type: string; readonly why: string };

const versioned = z.object({ schemaVersion: z.int().min(0).default(CURRENT_SCHEMA_VERSION) });
const timed = z.looseObject({ occurredAt: instantMs });
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Reads a stored event: bytes, lifted to the newest shape, checked once. Never throws. */
export const readEvent = (stored: StoredBytes): ReadEvent => {
  const { type } = stored;
  if (!isEventType(type)) return { kind: 'unknown', type };
  const body = readBody(stored);
  if (typeof body === 'string') return { kind: 'unreadable', type, why: body };
  const data = dataSchemas[type].safeParse(lift(type, body.schemaVersion, body.fields));
  if (!data.success) return { kind: 'unreadable', type, why: firstIssue(data.error) };
  return { kind: 'event', event: { type, occurredAtMs: body.occurredAtMs, data: data.data } as LapseEvent };
};

/** What every event of ours carries, of whatever type. */
export interface EventBody {
  readonly schemaVersion: number;
  readonly occurredAtMs: number;
  /** As they are written, not lifted and not checked. */
  readonly fields: Record<string, unknown>;
}

/** An event's body, or why it has none that this Lapse can read. Never throws. */
export const readBody = (stored: StoredBytes): EventBody | string => {
  if (stored.contentType !== 'application/json') return `its content type is ${stored.contentType}, not JSON`;
  const metadata = versioned.safeParse(parseJson(stored.metadata) ?? {});
  if (!metadata.success) return 'its schemaVersion is not a whole number';
  const { schemaVersion } = metadata.data;
  if (schemaVersion > CURRENT_SCHEMA_VERSION) {
    return `it has schema version ${schemaVersion}, this Lapse reads up to ${CURRENT_SCHEMA_VERSION}`;
  }
  const json = parseJson(stored.data);
  if (json === undefined) return 'its data is not JSON in well-formed UTF-8';
  const body = timed.safeParse(json);
  if (!body.success) return firstIssue(body.error);
  const { occurredAt: occurredAtMs, ...fields } = body.data;
  return { schemaVersion, occurredAtMs, fields };
};

/** JSON of well-formed UTF-8; `undefined` for no JSON at all (an object is checked by the schema behind). */
const parseJson = (bytes: Uint8Array): unknown => {
  try {
    return JSON.parse(utf8.decode(bytes));
  } catch {
    return undefined;
  }
};

/** The first complaint of a schema in one line: `data.length: must be …`. */
export const firstIssue = (error: z.ZodError): string => {
  const issue = error.issues[0];
  if (issue === undefined) return 'it does not fit its schema';
  const path = issue.path.map(String).join('.');
  return path === '' ? issue.message : `${path}: ${issue.message}`;
};
