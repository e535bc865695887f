/**
 * Instants are epoch milliseconds inside, ISO 8601 text with a `Z` outside. A date and time of day without an offset is
 * no instant and is not accepted. Every event carries one, a timeout three: both ways are written for speed.
 */
const rfc3339 = /^(\d{4})-(\d{2})-(\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?([Zz]|[+-]\d{2}:\d{2})$/;

/** 9999-12-31T23:59:59.999Z: the last instant that the text form can carry. */
export const INSTANT_MAX_MS = 253_402_300_799_999;

const MS_PER_DAY = 86_400_000;
const CANONICAL_LENGTH = '2026-03-01T10:00:00.000Z'.length;

/**
 * Reads an RFC 3339 instant with any offset; digits beyond the millisecond are cut off. `undefined` for everything else:
 * a missing offset, the 30th of February, a 60th second, an instant before 1970 or after 9999.
 */
export const parseInstant = (text: string): number | undefined => {
  const atMs = text.length === CANONICAL_LENGTH ? parseCanonical(text) : undefined;
  return atMs ?? parseAnyForm(text);
};

/** The form that Lapse writes itself, digit by digit; `undefined` for anything else, right or wrong. */
const parseCanonical = (text: string): number | undefined => {
  const isShaped =
    text[4] === '-' &&
    text[7] === '-' &&
    text[10] === 'T' &&
    text[13] === ':' &&
    text[16] === ':' &&
    text[19] === '.' &&
    text[23] === 'Z';
  if (!isShaped) return undefined;
  const day = dayOfDate(digits(text, 0, 4), digits(text, 5, 7), digits(text, 8, 10));
  const hour = digits(text, 11, 13);
  const minute = digits(text, 14, 16);
  const second = digits(text, 17, 19);
  const ms = digits(text, 20, 23);
  // Every comparison with NaN (a character that is no digit) is false.
  if (!(day >= 0 && hour <= 23 && minute <= 59 && second <= 59 && ms <= 999)) return undefined;
  return day * MS_PER_DAY + ((hour * 60 + minute) * 60 + second) * 1000 + ms;
};

const digits = (text: string, from: number, to: number): number => {
  let value = 0;
  for (let i = from; i < to; i++) {
    const digit = text.charCodeAt(i) - 48;
    if (digit < 0 || digit > 9) return Number.NaN;
    value = value * 10 + digit;
  }
  return value;
};

const daysInMonth = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Days since 1970; NaN for a date that is none. */
const dayOfDate = (year: number, month: number, day: number): number => {
  const isLeap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  const length = month === 2 && isLeap ? 29 : daysInMonth[month - 1];
  if (length === undefined || !(day >= 1 && day <= length)) return Number.NaN;
  // The year begins in March here, so that the leap day is its last.
  const y = month > 2 ? year : year - 1;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  return y * 365 + Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400) + dayOfYear - DAYS_BEFORE_1970;
};

/** From the first of March of the year 0. */
const DAYS_BEFORE_1970 = 719_468;

const parseAnyForm = (text: string): number | undefined => {
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
  const days = dayOfDate(year, month, day);
  if (Number.isNaN(days) || hour > 23 || minute > 59 || second > 59) return undefined;
  const offsetMs = parseOffsetMs(parts[8] as string);
  if (offsetMs === undefined) return undefined;
  const atMs = days * MS_PER_DAY + ((hour * 60 + minute) * 60 + second) * 1000 + ms - offsetMs;
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

const two = Array.from({ length: 60 }, (_, value) => String(value).padStart(2, '0'));
let lastDay = -1;
let lastDayText = '';

/** `2026-03-01T10:00:00.000Z`. Throws a RangeError for what is no instant. */
export const formatInstant = (atMs: number): string => {
  if (!isInstantMs(atMs)) return new Date(atMs).toISOString();
  const day = Math.floor(atMs / MS_PER_DAY);
  if (day !== lastDay) {
    // Instants come in runs of one day: only its first one asks for the calendar.
    lastDayText = new Date(atMs).toISOString().slice(0, 11);
    lastDay = day;
  }
  const inDay = atMs - day * MS_PER_DAY;
  const seconds = Math.floor(inDay / 1000);
  const minutes = Math.floor(seconds / 60);
  const ms = inDay - seconds * 1000;
  const msText = ms > 99 ? ms : ms > 9 ? `0${ms}` : `00${ms}`;
  return `${lastDayText}${two[Math.floor(minutes / 60)]}:${two[minutes % 60]}:${two[seconds % 60]}.${msText}Z`;
};
