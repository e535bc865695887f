import { fold } from '@lapse/domain';
import { readWholeStream, type EventStore } from '@lapse/store';
import type { SessionEntry } from '../sessions/entry.js';
import type { Skips } from './skips.js';

export interface SeenAgain {
  /** The last 32 bits of each, in the order of the stream, each once. */
  readonly idsLow32: readonly number[];
  /** An earlier event of the stream bears the id. */
  readonly bearsId: boolean;
}

/**
 * Reads a session's stream up to `revision` (exclusive): which ids it bears, and whether `id` is one of them. What the fold
 * has not seen of it is folded in, without what `skips` has.
 */
export const readAgain = async (
  store: EventStore,
  entry: SessionEntry,
  revision: number,
  id: string,
  skips: Skips,
): Promise<SeenAgain> => {
  const idsLow32: number[] = [];
  const seen = new Set<string>();
  for await (const recorded of readWholeStream(store, entry.state.stream)) {
    if (recorded.revision >= revision) break;
    const isRepeated = seen.has(recorded.id);
    if (recorded.revision > entry.state.revision) {
      const event = await skips.foldEvent(entry.state, recorded, isRepeated);
      // Two may read the same stream at once: whoever comes second finds it folded.
      if (recorded.revision > entry.state.revision) fold(entry.state, event);
    }
    if (isRepeated) continue;
    seen.add(recorded.id);
    idsLow32.push(Number.parseInt(recorded.id.slice(-8), 16));
  }
  return { idsLow32, bearsId: seen.has(id) };
};
