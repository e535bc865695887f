import type { EventStore, RecordedEvent } from '@lapse/store';
import type { StreamState } from './stream-states.js';

/** Which events of a stream a reader may see. */
export type VisibleRange =
  | { readonly kind: 'deleted' }
  | { readonly kind: 'missing' }
  | {
      readonly kind: 'visible';
      readonly firstRevision: number;
      /** Known where finding the range needed it. */
      readonly lastRevision: number | undefined;
      /** Events stored before then have expired. */
      readonly storedFromMs: number;
    };

const EVERYTHING: VisibleRange = {
  kind: 'visible',
  firstRevision: 0,
  lastRevision: undefined,
  storedFromMs: Number.NEGATIVE_INFINITY,
};

export const isVisible = (range: VisibleRange, revision: number, storedAtMs: number): boolean =>
  range.kind === 'visible' && revision >= range.firstRevision && storedAtMs >= range.storedFromMs;

/** A store, and the order of its positions: what is needed to find out what a reader may see. */
export interface RangeSource {
  readonly store: EventStore;
  readonly nowMs: () => number;
}

export const lastEventOf = async (store: EventStore, stream: string): Promise<RecordedEvent | undefined> => {
  const page = await store.readStream(stream, { direction: 'backwards', maxCount: 1 });
  return page.kind === 'page' ? page.events[0] : undefined;
};

/**
 * The range that a stream's metadata leaves to its readers. A soft-deleted stream is missing until an event is written
 * behind the deletion; from then on exactly the events behind it are there. That is read from the order of the events alone,
 * so a process that ended between writing an event and its new metadata has lost nothing.
 */
export const visibleRange = async (source: RangeSource, stream: string, state: StreamState): Promise<VisibleRange> => {
  if (state.tombstone !== undefined) return { kind: 'deleted' };
  const { truncateBefore, maxCount, maxAgeMs } = state.rules;
  if (truncateBefore === 0 && maxCount === undefined && maxAgeMs === undefined) return EVERYTHING;
  const last = await lastEventOf(source.store, stream);
  if (last === undefined) return { kind: 'missing' };
  const first =
    truncateBefore === 'all' ? await firstRevisionBehind(source.store, stream, last, state) : truncateBefore;
  if (first === undefined) return { kind: 'missing' };
  return {
    kind: 'visible',
    firstRevision: maxCount === undefined ? first : Math.max(first, last.revision - maxCount + 1),
    lastRevision: last.revision,
    storedFromMs: maxAgeMs === undefined ? Number.NEGATIVE_INFINITY : source.nowMs() - maxAgeMs,
  };
};

/** The first revision of a stream that was stored behind its newest metadata, undefined where none was. */
const firstRevisionBehind = async (
  store: EventStore,
  stream: string,
  last: RecordedEvent,
  { metadata }: StreamState,
): Promise<number | undefined> => {
  const isBehind = (event: RecordedEvent): boolean =>
    metadata !== undefined && store.comparePositions(event.position, metadata.position) > 0;
  if (!isBehind(last)) return undefined;
  let low = 0;
  let high = last.revision;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const page = await store.readStream(stream, { from: middle, maxCount: 1 });
    if (page.kind === 'page' && page.events[0] !== undefined && isBehind(page.events[0])) high = middle;
    else low = middle + 1;
  }
  return high;
};
