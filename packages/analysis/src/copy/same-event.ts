import type { RecordedEvent } from '@lapse/store';

/** Two logs part here. `what` says how, in words that follow the stream and the revision. */
export interface Difference {
  readonly stream: string;
  readonly revision: number;
  readonly what: string;
}

export const isSameEvent = (a: RecordedEvent, b: RecordedEvent): boolean =>
  a.stream === b.stream && a.revision === b.revision && differingPart(a, b) === undefined;

/** What of two events at the same place is not the same; the store's time and position are each store's own. */
export const differingPart = (a: RecordedEvent, b: RecordedEvent): string | undefined => {
  if (a.id !== b.id) return 'id';
  if (a.type !== b.type) return 'type';
  if (a.contentType !== b.contentType) return 'content type';
  if (!areSameBytes(a.data, b.data)) return 'data';
  return areSameBytes(a.metadata, b.metadata) ? undefined : 'metadata';
};

const areSameBytes = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;
