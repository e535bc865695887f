import { KIND_UNCERTAIN, type EventToAppend, type FactsExtractor } from '../port.js';
import { wholeBelow } from './seeded.js';

export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
export const NO_BYTES = new Uint8Array(0);

/** What an event tells about itself as {@link contractFacts} reads it. */
export interface Told {
  readonly kind?: number;
  readonly atMs?: number;
  readonly flags?: number;
}

export type EventFactory = (overrides?: Partial<EventToAppend> & { readonly told?: Told }) => EventToAppend;

/** Compact JSON whose text is what `JSON.stringify` gives again: a store that parses it gives back the same bytes. */
export const eventFactory = (random: () => number): EventFactory => {
  const word = (): string => wholeBelow(random, 4_294_967_296).toString(16).padStart(8, '0');
  const uuid = (): string => {
    const [a, b, c, d] = [word(), word(), word(), word()];
    return `${a}-${b.slice(0, 4)}-4${b.slice(5)}-8${c.slice(1, 4)}-${c.slice(4)}${d}`;
  };
  return ({ told, ...overrides } = {}) => ({
    id: uuid(),
    type: 'happened',
    contentType: 'application/json',
    data: utf8(JSON.stringify(told ?? {})),
    metadata: utf8('{"schemaVersion":1}'),
    ...overrides,
  });
};

export const manyEvents = (make: EventFactory, count: number): EventToAppend[] =>
  Array.from({ length: count }, (_, i) => make({ told: { atMs: i } }));

export const UNCERTAIN_TYPE = 'understood-later';

/** The extractor that the contract hands to every store. `understands` may change its mind about {@link UNCERTAIN_TYPE}. */
export const contractFacts =
  (understands: () => boolean): FactsExtractor =>
  ({ type, data }) => {
    if (type === UNCERTAIN_TYPE && !understands()) return { kind: KIND_UNCERTAIN, atMs: 0, flags: 0 };
    try {
      const told = JSON.parse(new TextDecoder().decode(data)) as Told;
      return { kind: told.kind ?? 0, atMs: told.atMs ?? 0, flags: told.flags ?? 0 };
    } catch {
      return { kind: 0, atMs: 0, flags: 0 };
    }
  };
