import { KIND_UNCERTAIN, type EventToAppend, type Facts, type FactsExtractor } from '@lapse/store';

const UNCERTAIN: Facts = { kind: KIND_UNCERTAIN, atMs: 0, flags: 0 };
const FLAGS_MAX = 0x7fff_ffff;

const isWholeUpTo = (value: number, max: number): boolean => Number.isInteger(value) && value >= 0 && value <= max;

/**
 * What the extractor tells, if it fits its columns. An extractor that throws or tells the impossible must not cost an event:
 * the event is kept as uncertain, and a later extractor is asked again.
 */
export const factsOf = (
  extract: FactsExtractor,
  event: Pick<EventToAppend, 'type' | 'contentType' | 'data' | 'metadata'>,
): Facts => {
  try {
    const facts = extract(event);
    const { kind, atMs, flags } = facts;
    return isWholeUpTo(kind, KIND_UNCERTAIN) && Number.isSafeInteger(atMs) && isWholeUpTo(flags, FLAGS_MAX)
      ? facts
      : UNCERTAIN;
  } catch {
    return UNCERTAIN;
  }
};
