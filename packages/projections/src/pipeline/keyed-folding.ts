import { KIND_DECISION } from '@lapse/domain';
import type { KeyedRows } from '../keyed/keyed-rows.js';
import type { ProjectedEvent } from '../projector.js';
import { EventView } from './event-view.js';
import type { ParkedStream, ParkedStreams } from './parked.js';

const KINDS = 256;

/** Shows events to the projectors that want them. */
export class KeyedFolding {
  /** What they are shown. */
  readonly view = new EventView();
  /** Parked since somebody looked, by whichever read model. */
  newlyParked: { readonly list: ParkedStreams; readonly parked: ParkedStream }[] = [];
  private readonly ofSessions: readonly (readonly number[])[];
  private readonly ofMerchants: readonly (readonly number[])[];

  constructor(
    private readonly keyed: readonly KeyedRows[],
    private readonly parkedLists: readonly ParkedStreams[],
  ) {
    this.ofSessions = byKind(keyed, 'session');
    this.ofMerchants = byKind(keyed, 'merchant');
  }

  /**
   * The projectors, by their number, that look at events of this kind; of one that parks its stream also those that look at
   * decisions, whatever its kind is: who is told that a stream goes on must have been told that it stopped.
   */
  lookingAt(from: ProjectedEvent['from'], kind: number, parks = false): readonly number[] {
    const byKind = from === 'session' ? this.ofSessions : this.ofMerchants;
    const looking = byKind[kind] as readonly number[];
    return parks ? [...new Set([...looking, ...(byKind[KIND_DECISION] as readonly number[])])] : looking;
  }

  parkedListOf(index: number): ParkedStreams {
    return this.parkedLists[index] as ParkedStreams;
  }

  /** The projectors that have parked a stream for themselves. */
  thatParked(stream: string): readonly number[] {
    return this.parkedLists.flatMap((list, index) => (list.has(stream) ? [index] : []));
  }

  /** Shows the event in `view`. A projector that cannot deal with it parks the stream for itself alone: the rest goes on. */
  apply(indexes: readonly number[]): void {
    for (const index of indexes) {
      const list = this.parkedListOf(index);
      if (list.size > 0 && list.has(this.view.stream)) continue;
      try {
        (this.keyed[index] as KeyedRows).apply(this.view);
      } catch (error) {
        this.park(list, error instanceof Error ? error.message : String(error));
      }
    }
  }

  /** Parks the stream of the event in `view` at it. */
  park(list: ParkedStreams, why: string): void {
    const { stream, revision, position } = this.view;
    const parked = { stream, revision, position, storedAtMs: Math.trunc(this.view.storedAtMs), why };
    if (list.has(stream)) return;
    list.set(stream, parked);
    this.newlyParked.push({ list, parked });
  }
}

const byKind = (keyed: readonly KeyedRows[], from: ProjectedEvent['from']): readonly (readonly number[])[] =>
  Array.from({ length: KINDS }, (_, kind) =>
    keyed.flatMap(({ projector: { reads, kinds } }, index) =>
      reads.includes(from) && (kinds === undefined || kinds.includes(kind)) ? [index] : [],
    ),
  );
