import { formatInstant } from '@lapse/domain';
import type { ReadingEvent } from '@lapse/commands';
import type { SessionEventAnswer } from '@lapse/api';

/** One event as it is recorded. Of foreign metadata only what Lapse itself would have written is shown. */
export const eventAnswer = (reading: ReadingEvent): SessionEventAnswer => ({
  id: reading.id,
  revision: reading.revision,
  type: reading.type,
  occurredAt: reading.event === undefined ? null : formatInstant(reading.event.occurredAtMs),
  data: reading.event === undefined ? null : { ...reading.event.data },
  metadata: metadataAnswer(reading.metadata),
  position: reading.position,
  storedAt: formatInstant(reading.storedAtMs),
});

const metadataAnswer = (bytes: Uint8Array): SessionEventAnswer['metadata'] => {
  const fields = fieldsOf(bytes);
  const { schemaVersion } = fields;
  return {
    schemaVersion: Number.isSafeInteger(schemaVersion) && Number(schemaVersion) >= 0 ? Number(schemaVersion) : null,
    correlationId: textOrNull(fields['$correlationId']),
    causationId: textOrNull(fields['$causationId']),
    claimedOccurredAt: textOrNull(fields['claimedOccurredAt']),
    noticedAt: textOrNull(fields['noticedAt']),
  };
};

interface Fields {
  readonly [name: string]: unknown;
  readonly schemaVersion?: unknown;
}

const fieldsOf = (bytes: Uint8Array): Fields => {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return typeof value === 'object' && value !== null ? (value as Fields) : {};
  } catch {
    return {};
  }
};

const textOrNull = (value: unknown): string | null => (typeof value === 'string' ? value : null);
