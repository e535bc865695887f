import { eventTypes, type EventType } from './schemas.js';
import { readEvent, type StoredBytes } from './read.js';

/**
 * What the rules need of an event without parsing it, as three numbers (a store keeps them in columns): its kind, its
 * time in epoch milliseconds, and flags.
 */
export interface EventFacts {
  readonly kind: number;
  readonly atMs: number;
  readonly flags: number;
}

export const KIND_OPENED = 1;
export const KIND_CONFIG = 2;
export const KIND_BUYER_MESSAGE = 3;
export const KIND_AGENT_MESSAGE = 4;
export const KIND_QUEUED = 5;
export const KIND_CLOSED = 6;
/** In no store: a decision on a parked stream, as a read model that looks at the stream is shown it. */
export const KIND_DECISION = 254;
/** Unknown or unreadable to the Lapse that stored it; a later one may know better and must look again. */
export const KIND_UNCERTAIN = 255;
export const FLAG_AUTOMATED = 1;

const typeOfKind: readonly (EventType | undefined)[] = [undefined, ...eventTypes];
const kindOfType = new Map<string, number>(eventTypes.map((type, index) => [type, index + 1]));

/** The event type behind a kind; `undefined` for the uncertain ones. */
export const eventTypeOfKind = (kind: number): EventType | undefined => typeOfKind[kind];

/** The extractor that Lapse hands to its stores. Total: what cannot be read is uncertain. */
export const extractFacts = (stored: StoredBytes): EventFacts => {
  const kind = kindOfType.get(stored.type);
  if (kind === undefined) return uncertain;
  const read = readEvent(stored);
  if (read.kind !== 'event') return uncertain;
  const { event } = read;
  const automated = event.type === 'message-from-agent' && event.data.automated;
  return { kind, atMs: event.occurredAtMs, flags: automated ? FLAG_AUTOMATED : 0 };
};

const uncertain: EventFacts = { kind: KIND_UNCERTAIN, atMs: 0, flags: 0 };
