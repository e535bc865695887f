import type { EventToAppend } from '@lapse/store';
import type { RecentIds } from '../streams/recent-ids.js';

export type RecentVerdict =
  | { readonly kind: 'new' }
  /** All of them are known; the answer names the place of the one that came last in the request, whatever their order. */
  | { readonly kind: 'repeat'; readonly lastRevision: number }
  | { readonly kind: 'half-known' };

/** Judges an append that says no revision by its ids: the first one decides whether it is new. An empty one always is. */
export const judgeRecent = (recentIds: RecentIds, stream: string, events: readonly EventToAppend[]): RecentVerdict => {
  let lastRevision: number | undefined;
  for (const [i, { id }] of events.entries()) {
    const revision = recentIds.revisionOf(id, stream);
    if (revision === undefined) return { kind: i === 0 ? 'new' : 'half-known' };
    lastRevision = revision;
  }
  return lastRevision === undefined ? { kind: 'new' } : { kind: 'repeat', lastRevision };
};
