/**
 * Instants are epoch milliseconds inside, ISO 8601 text with a `Z` outside. A date and time of day without an offset is
 * no instant and is not accepted.
 */
const rfc3339 = /^(\d{4})-(\d{2})-(\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?([Zz]|[+-]\d{2}:\d{2})$/;

/** 9999-12-31T23:59:59.999Z: the last instant that the text form can carry. */
export const INSTANT_MAX_MS = 253_402_300_799_999;

/**
 * Reads an RFC 3339 instant with any offset; digits beyond the millisecond are cut off. `undefined` for everything else:
 * a missing offset, the 30th of February, a 60th second, an instant before 1970 or after 9999.
 */
export const parseInstant = (text: string): number | undefined => {
  const parts = rfc3339.exec(text);
  if (parts === null) return undefined;
  const [year, month, day, hour, minute, second] = parts.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const ms = Number((parts[7] ?? '0').slice(0, 3).padEnd(3, '0'));
  const utcMs = Date.UTC(year, month - 1, day, hour, minute, second, ms);
  const written = new Date(utcMs);
  const isRealDate = written.getUTCMonth() === month - 1 && written.getUTCDate() === day && year >= 100;
  if (!isRealDate || hour > 23 || minute > 59 || second > 59) return undefined;
  const offsetMs = parseOffsetMs(parts[8] as string);
  if (offsetMs === undefined) return undefined;
  const atMs = utcMs - offsetMs;
  return isInstantMs(atMs) ? atMs : undefined;
};

const parseOffsetMs = (text: string): number | undefined => {
  if (text === 'Z' || text === 'z') return 0;
  const hours = Number(text.slice(1, 3));
  const minutes = Number(text.slice(4, 6));
  if (hours > 23 || minutes > 59) return undefined;
  return (text.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * 60_000;
};

export const isInstantMs = (atMs: number): boolean => Number.isInteger(atMs) && atMs >= 0 && atMs <= INSTANT_MAX_MS;

/** `2026-03-01T10:00:00.000Z` */
export const formatInstant = (atMs: number): string => new Date(atMs).toISOString();
