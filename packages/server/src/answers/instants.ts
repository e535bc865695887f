import { formatInstant } from '@lapse/domain';

/** Instants leave as ISO 8601 with milliseconds and Z; null says that there is none. */
export const instantOrNull = (atMs: number | undefined): string | null =>
  atMs === undefined ? null : formatInstant(atMs);
