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
  const hex = (digits: number): string => {
    let text = '';
    while (text.length < digits) text += wholeBelow(random, 16).toString(16);
    return text;
  };
  return ({ told, ...overrides } = {}) => ({
    id: `${hex(8)}-${hex(4)}-4${hex(3)}-8${hex(3)}-${hex(12)}`,
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
