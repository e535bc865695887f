import type { StreamNames } from '@lapse/domain';
import { readWholeStream, type EventStore, type RecordedEvent } from '@lapse/store';
import { foldSessionAgain } from '../pipeline/fold-again.js';
import { Skips } from '../pipeline/skips.js';
import type { ReadModels } from '../read-models.js';
import type { SessionEntry } from '../sessions/entry.js';
import { SESSION_COLUMNS } from '../sessions/columns.js';
import { rowOf } from '../sessions/to-row.js';

export interface FoldedOne {
  readonly revision: number;
  /** Columns of the row that were not what the stream says. */
  readonly changed: readonly string[];
}

interface Touched extends FoldedOne {
  readonly entry: SessionEntry;
  readonly newest: RecordedEvent;
}

/**
 * Folds one session from its first event again, as far as the log has been looked at, and puts its row right. Between two
 * pages. Undefined for a session that the rows do not know.
 */
export const foldOneAgain = async (
  models: ReadModels,
  { store, names }: { readonly store: EventStore; readonly names: StreamNames },
  id: string,
): Promise<Touched | undefined> => {
  const { folds, pipeline } = models;
  const stream = names.session(id);
  const { position } = pipeline;
  pipeline.flush();
  const before = folds.table.valuesOf(id);
  const entry = folds.find(stream, id);
  if (before === undefined || entry === undefined) return undefined;
  let newest: RecordedEvent | undefined;
  for await (const recorded of readWholeStream(store, stream)) {
    if (store.comparePositions(recorded.position, position) > 0) break;
    newest = recorded;
  }
  if (newest === undefined) return undefined;
  const skips = new Skips({ store, names }, stream, position);
  const { state, idsLow32 } = await foldSessionAgain({ store, stream, skips, tailFrom: undefined }, newest.revision);
  folds.replaceState(entry, state, idsLow32);
  folds.healed(entry);
  const [, ...after] = rowOf(entry, folds.idsOf(entry));
  const changed = SESSION_COLUMNS.flatMap(([name], i) => (isSame(before[i], after[i]) ? [] : [name as string]));
  return { revision: state.revision, changed, entry, newest };
};

const isSame = (a: unknown, b: unknown): boolean =>
  a instanceof Uint8Array && b instanceof Uint8Array ? Buffer.compare(a, b) === 0 : a === b;
