import type { ParkDecision } from '../operations/decisions.js';
import { formatInstant } from '../time.js';
import { CURRENT_SCHEMA_VERSION, type LapseEvent } from './schemas.js';

/** What goes beside an event: why it is there, never what it says. */
export interface EventMetadata {
  readonly correlationId?: string | undefined;
  readonly causationId?: string | undefined;
  /** D8: the time that a sender whose clock is ahead has claimed. */
  readonly claimedOccurredAtMs?: number | undefined;
  /** On a timeout: when the engine noticed. */
  readonly noticedAtMs?: number | undefined;
}

export interface EncodedEvent {
  readonly id: string;
  readonly type: string;
  readonly contentType: 'application/json';
  readonly data: Uint8Array;
  readonly metadata: Uint8Array;
}

const utf8 = new TextEncoder();

/** An event as it is stored: JSON with `occurredAt` first, metadata with the schema version. */
export const encodeEvent = (
  id: string,
  event: LapseEvent | ParkDecision,
  metadata: EventMetadata = {},
): EncodedEvent => ({
  id,
  type: event.type,
  contentType: 'application/json',
  data: utf8.encode(JSON.stringify({ occurredAt: formatInstant(event.occurredAtMs), ...event.data })),
  metadata: utf8.encode(JSON.stringify(metadataFields(metadata))),
});

const metadataFields = (metadata: EventMetadata): Record<string, unknown> => ({
  schemaVersion: CURRENT_SCHEMA_VERSION,
  $correlationId: metadata.correlationId,
  $causationId: metadata.causationId,
  claimedOccurredAt: instantOrNothing(metadata.claimedOccurredAtMs),
  noticedAt: instantOrNothing(metadata.noticedAtMs),
});

const instantOrNothing = (atMs: number | undefined): string | undefined =>
  atMs === undefined ? undefined : formatInstant(atMs);
