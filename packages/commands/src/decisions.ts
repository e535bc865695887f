import { readDecision, type ParkDecision, type StreamNames } from '@lapse/domain';
import { NO_STREAM, readWholeStream, type EventStore, type Position, type RecordedEvent } from '@lapse/store';

interface DecisionsSource {
  readonly store: EventStore;
  readonly names: StreamNames;
}

/** A decision on a parked stream, with its place in the log. */
export interface PlacedDecision {
  readonly decision: ParkDecision;
  readonly position: Position;
}

export interface Decisions {
  /** Oldest first. */
  readonly list: readonly PlacedDecision[];
  /** The last revision of the operations stream that they stand in; -1 for none. */
  readonly revision: number;
}

/** What operators have decided about a stream so far. */
export const readDecisions = async ({ store, names }: DecisionsSource, stream: string): Promise<Decisions> => {
  const list: PlacedDecision[] = [];
  let revision = NO_STREAM;
  const decisions = names.decisionsOn(stream);
  if (decisions === undefined) return { list, revision };
  for await (const recorded of readWholeStream(store, decisions)) {
    const decision = readDecision(recorded, stream);
    if (decision !== undefined) list.push({ decision, position: recorded.position });
    revision = recorded.revision;
  }
  return { list, revision };
};

/** Nobody can decide about an event that is not there yet: only a skip behind it in the log counts. */
export const skipOf = (store: EventStore, { list }: Decisions, event: RecordedEvent): PlacedDecision | undefined =>
  list.find(
    ({ decision, position }) =>
      decision.type === 'stream-skipped' &&
      decision.data.revision === event.revision &&
      store.comparePositions(position, event.position) > 0,
  );

/** The skips on one stream. A stream that parks nowhere never asks, and costs no read. */
export class Skips {
  private decisions: Promise<Decisions> | undefined;

  constructor(
    private readonly context: DecisionsSource,
    private readonly stream: string,
  ) {}

  async has(event: RecordedEvent): Promise<boolean> {
    this.decisions ??= readDecisions(this.context, this.stream);
    return skipOf(this.context.store, await this.decisions, event) !== undefined;
  }
}
