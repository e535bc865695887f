import type { EventStore } from '@lapse/store';
import { ViewsError } from '../errors.js';
import type { Place } from '../views/views.js';

export type Until = { readonly position: Place } | { readonly atMs: number };

const PAGE_SIZE = 5_000;

/**
 * The place up to which a view of the past is built: a position as it is, an instant as the last event that the store had
 * written by then (its own time, which the log keeps). Rejects with `beyond-head`, `before-first-event` and `StoreError`s
 * (`bad-position`).
 */
export const placeAt = async (
  store: EventStore,
  streamPrefixes: readonly string[],
  until: Until,
  signal: AbortSignal,
): Promise<Place> => {
  if ('position' in until) return knownPosition(store, until.position);
  let after: Place = 'start';
  for (;;) {
    const page = await store.readAll({ after, streamPrefixes, maxCount: PAGE_SIZE, payloadOfKinds: [], signal });
    for (let i = 0; i < page.size; i++) {
      if (page.storedAtMs(i) > until.atMs) return i === 0 ? seen(after, until.atMs) : page.position(i - 1);
    }
    after = page.scannedTo;
    if (page.atEnd) return seen(after, until.atMs);
  }
};

const knownPosition = async (store: EventStore, position: Place): Promise<Place> => {
  const head = await store.headPosition();
  if (store.comparePositions(position, head) <= 0) return position;
  throw new ViewsError('beyond-head', `the log ends at position ${head}; ${position} is not there yet`);
};

const seen = (place: Place, atMs: number): Place => {
  if (place !== 'start') return place;
  const when = new Date(atMs).toISOString();
  throw new ViewsError('before-first-event', `at ${when} the log held nothing yet: name a later instant`);
};
