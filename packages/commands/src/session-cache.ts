import type { LapseEvent, SessionState } from '@lapse/domain';
import type { Position } from '@lapse/store';

/** An event of ours together with the id it is written under. */
export interface WrittenEvent {
  readonly id: string;
  readonly event: LapseEvent;
}

/** A session folded from its stream, with the ids that its events bear. The state is never changed, only replaced. */
export interface LoadedSession {
  readonly sessionId: string;
  readonly stream: string;
  readonly state: SessionState;
  /** Id of every event of the stream, counted or not → its revision, the first where it stands twice. */
  readonly ids: ReadonlyMap<string, number>;
  /** Where its opening stands: 0, unless what stood before it was skipped. */
  readonly openedRevision: number;
  readonly openedPosition: Position | undefined;
  /** Folded into `state` but not in the store yet: the pin of a bare opening, written with whatever is written next. */
  readonly unwritten: readonly WrittenEvent[];
  /** The merchant whose first version that pin is, where nobody has written it yet (D16). */
  readonly needsFirstVersionOf: string | undefined;
  /** True where the stream was read for this very command, false from the cache: then a refusal must not rest on it. */
  readonly isFresh: boolean;
}

/** Sessions with more events than this are read afresh each time instead of being kept. */
const EVENTS_OF_A_CACHED_SESSION_MAX = 2_000;

/** The sessions touched last, folded. Stale entries do no harm: the append at the expected revision is refused. */
export class SessionCache {
  private readonly entries = new Map<string, LoadedSession>();

  constructor(private readonly sessionsMax: number) {}

  get(stream: string): LoadedSession | undefined {
    const entry = this.entries.get(stream);
    if (entry === undefined) return undefined;
    this.entries.delete(stream);
    this.entries.set(stream, entry);
    return entry;
  }

  put(session: LoadedSession): void {
    this.entries.delete(session.stream);
    if (session.ids.size > EVENTS_OF_A_CACHED_SESSION_MAX) return;
    this.entries.set(session.stream, { ...session, isFresh: false });
    if (this.entries.size <= this.sessionsMax) return;
    const oldest = this.entries.keys().next();
    if (!oldest.done) this.entries.delete(oldest.value);
  }

  drop(stream: string): void {
    this.entries.delete(stream);
  }
}
