import type { Random } from '../oracle/random.js';

/**
 * How long people let each other wait, in seconds: the least, then the quantiles 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95 and
 * 0.99. Measured on public records of support conversations, of a bank's call centre (the queue) and of incident tickets
 * (the long queue).
 */
const GAPS_S = {
  'agent answers': [16, 97, 139, 291, 687, 2_917, 22_815, 48_453, 165_143],
  'buyer answers': [10, 49, 68, 169, 802, 8_066, 55_455, 170_118, 961_371],
  'same side again': [1, 5, 17, 25, 60, 138, 1_919, 36_502, 165_969],
  'chat in full flow': [0, 0, 0, 0, 30, 60, 120, 240, 1_020],
  'into the queue': [0, 5, 5, 5, 6, 9, 10, 60, 960],
  'out of the queue': [0, 6, 10, 22, 50, 108, 185, 238, 358],
  'out of the long queue': [1, 43, 112, 482, 2_657, 36_516, 201_871, 352_914, 1_469_231],
  'until closed': [0, 7, 21, 54, 107, 214, 408, 583, 1_063],
} as const;

export type GapKind = keyof typeof GAPS_S;

const QUANTILES = [0, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99] as const;

/** A gap as people make them, in milliseconds. */
export const gapMs = (random: Random, kind: GapKind): number => {
  const share = random() * 0.99;
  const at = QUANTILES.findLastIndex((quantile) => quantile <= share);
  const gaps = GAPS_S[kind];
  const [low, high] = [gaps[at] ?? 0, gaps[at + 1] ?? gaps[gaps.length - 1] ?? 0];
  const width = (QUANTILES[at + 1] ?? 1) - (QUANTILES[at] ?? 0);
  const seconds = low + ((share - (QUANTILES[at] ?? 0)) / width) * (high - low);
  return Math.round(seconds * 1_000);
};
