import {
  asRepeated,
  foldEventOf,
  readDecision,
  readEvent,
  wouldPark,
  type FoldEvent,
  type SessionState,
  type StreamNames,
} from '@lapse/domain';
import { readWholeStream, type EventStore, type Position, type RecordedEvent } from '@lapse/store';
import type { Place } from '../views/views.js';

export interface SkipsSource {
  readonly store: EventStore;
  readonly names: StreamNames;
}

/**
 * Which events of one stream operators have decided to leave out, as far as the log is looked at: whoever folds up to a place
 * must not know what was decided behind it, or rows would depend on when they were folded. Read when it is first asked for,
 * which a stream that parks nowhere never does.
 */
export class Skips {
  private skips: Promise<ReadonlyMap<number, Position>> | undefined;

  /** `upTo`: inclusive; `end` for all that stands there. */
  constructor(
    private readonly source: SkipsSource,
    private readonly stream: string,
    private readonly upTo: Place | 'end',
  ) {}

  /** Nobody can decide about an event that is not there yet: only a skip behind it in the log counts. */
  async has({ revision, position }: Pick<RecordedEvent, 'revision' | 'position'>): Promise<boolean> {
    this.skips ??= this.read();
    const skippedAt = (await this.skips).get(revision);
    return skippedAt !== undefined && this.source.store.comparePositions(skippedAt, position) > 0;
  }

  /** An event as the fold takes it, skipped where it would park the session and somebody has decided so. */
  async foldEvent(state: SessionState, recorded: RecordedEvent, isRepeated: boolean): Promise<FoldEvent> {
    const { revision } = recorded;
    const read = foldEventOf(revision, readEvent(recorded));
    const event = isRepeated ? asRepeated(read) : read;
    return wouldPark(state, event) && (await this.has(recorded)) ? { kind: 'skipped', revision } : event;
  }

  private async read(): Promise<ReadonlyMap<number, Position>> {
    const { store, names } = this.source;
    const skips = new Map<number, Position>();
    const decisions = names.decisionsOn(this.stream);
    if (decisions === undefined) return skips;
    for await (const recorded of readWholeStream(store, decisions)) {
      if (this.upTo !== 'end' && store.comparePositions(recorded.position, this.upTo) > 0) break;
      const decision = readDecision(recorded, this.stream);
      if (decision?.type === 'stream-skipped') skips.set(decision.data.revision, recorded.position);
    }
    return skips;
  }
}
