import { createHash } from 'node:crypto';

const hyphenated = (hex: string): string =>
  `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`;

/** The digits with the version and the usual variant in their places. */
const asUuid = (hex: string, version: 4 | 8): string =>
  hyphenated(`${hex.slice(0, 12)}${version}${hex.slice(13, 16)}a${hex.slice(17, 32)}`);

const DIGITS = 32;

/** Version 4: clients check the version of some of them. */
export const randomUuid = (random: () => number): string => {
  let hex = '';
  for (let i = 0; i < DIGITS; i += 1) hex += Math.floor(random() * 16).toString(16);
  return asUuid(hex, 4);
};

/** The same text gives the same id: writing twice what follows from one event is writing it once. */
export const derivedUuid = (text: string): string => asUuid(createHash('sha256').update(text).digest('hex'), 8);
