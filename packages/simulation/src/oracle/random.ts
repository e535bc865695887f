import { ulidTime } from './derive.js';

/** A source of numbers in [0, 1). */
export type Random = () => number;

/** Mulberry32: the same seed gives the same numbers, everywhere. */
export function mulberry32(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A whole number from `low` to `high`, both included. */
export function between(random: Random, low: number, high: number): number {
  return low + Math.floor(random() * (high - low + 1));
}

export function chance(random: Random, share: number): boolean {
  return random() < share;
}

export function oneOf<T>(random: Random, choices: readonly T[]): T {
  if (choices.length === 0) throw new Error('nothing to choose from');
  return choices[between(random, 0, choices.length - 1)]!;
}

/** One of the names, each as often as its weight says. */
export function weighted<T extends string>(random: Random, weights: Readonly<Record<T, number>>): T {
  const names = Object.keys(weights) as T[];
  let rest = random() * names.reduce((sum, name) => sum + weights[name], 0);
  return names.find((name) => (rest -= weights[name]) < 0) ?? names.at(-1)!;
}

const letters = (random: Random, alphabet: string, count: number) =>
  Array.from({ length: count }, () => alphabet.charAt(between(random, 0, alphabet.length - 1))).join('');

/** A version 4 UUID, lower case, as ids look on the wire. */
export function randomUuid(random: Random): string {
  const hex = (count: number) => letters(random, '0123456789abcdef', count);
  return `${hex(8)}-${hex(4)}-4${hex(3)}-${letters(random, '89ab', 1)}${hex(3)}-${hex(12)}`;
}

/** A session's stream with a fresh ULID of that time. */
export function randomStream(random: Random, atMs: number): string {
  return `session-${ulidTime(atMs)}${letters(random, '0123456789ABCDEFGHJKMNPQRSTVWXYZ', 16)}`;
}
