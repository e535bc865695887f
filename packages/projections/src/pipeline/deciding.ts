import { copyOf, fold, KIND_DECISION, readDecision, type FoldEvent, type SessionState } from '@lapse/domain';
import type { AllPage, RecordedEvent } from '@lapse/store';
import type { SessionEntry } from '../sessions/entry.js';
import type { SessionFolds } from '../sessions/session-folds.js';
import { foldMerchantAgain, foldSessionAgain, type FoldedAgain } from './fold-again.js';
import type { KeyedFolding } from './keyed-folding.js';
import { OneEventPage } from './one-event-page.js';
import type { ParkedStream, ParkedStreams } from './parked.js';
import { Skips, type SkipsSource } from './skips.js';

export interface DecidingParts extends SkipsSource {
  readonly sessions: SessionFolds;
  readonly sessionsParked: ParkedStreams;
  readonly keyed: KeyedFolding;
  readonly heal: (entry: SessionEntry) => Promise<void>;
  readonly touch: (entry: SessionEntry, i: number) => void;
}

/**
 * Carries out operators' decisions on parked streams, each at its place in the log: the stream is folded again as far as the
 * log has shown it, with what was decided up to there. So rows are the same whether they were folded live or from zero.
 * First everything is read, then everything is changed: a store that does not answer leaves the rows as they were.
 */
export class Deciding {
  constructor(private readonly parts: DecidingParts) {}

  async decide(stream: string, page: AllPage, i: number): Promise<void> {
    if (readDecision(page.event(i), stream) === undefined) return;
    const { names, sessionsParked, keyed } = this.parts;
    const name = names.read(stream);
    const stopped = keyed.thatParked(stream);
    if (!sessionsParked.has(stream) && stopped.length === 0) return;
    if (name.kind === 'session') await this.session(stream, name.id, stopped, page, i);
    else if (name.kind === 'merchant') await this.merchant(stream, name.id, stopped, page, i);
  }

  private async session(stream: string, id: string, stopped: readonly number[], page: AllPage, i: number) {
    const { sessions, sessionsParked, keyed, heal, touch } = this.parts;
    const entry = sessions.find(stream, id);
    if (entry === undefined) return;
    await heal(entry);
    const again = await foldSessionAgain(this.asked(stream, stopped, page, i), entry.state.revision);
    if (sessionsParked.has(stream)) sessionsParked.set(stream, parkedAt(stream, again));
    if (hasMoved(entry.state, again.state)) {
      const { view } = keyed;
      view.rememberBefore(entry.state);
      sessions.replaceState(entry, again.state, again.idsLow32);
      touch(entry, i);
      view.showDecision(page, i, { stream, revision: again.state.revision });
      view.from = 'session';
      view.id = id;
      view.session = again.state;
      view.before = view.beforeFields;
      keyed.apply(keyed.lookingAt('session', KIND_DECISION));
    }
    for (const index of stopped) this.replaySession(index, id, stream, again);
  }

  private async merchant(stream: string, id: string, stopped: readonly number[], page: AllPage, i: number) {
    const { sessionsParked, keyed } = this.parts;
    const again = await foldMerchantAgain(this.asked(stream, stopped, page, i), page.position(i));
    const { view } = keyed;
    if (sessionsParked.has(stream)) {
      sessionsParked.set(stream, parkedAt(stream, again));
      view.showDecision(page, i, { stream, revision: again.state.revision });
      view.from = 'merchant';
      view.id = id;
      view.merchant = again.state;
      keyed.apply(keyed.lookingAt('merchant', KIND_DECISION));
    }
    for (const index of stopped) {
      const from = this.freed(index, stream);
      for (const { recorded } of again.tail)
        if (recorded.revision >= from) this.showAgain(index, 'merchant', id, recorded);
    }
  }

  private asked(stream: string, stopped: readonly number[], page: AllPage, i: number) {
    const { store, keyed } = this.parts;
    const skips = new Skips(this.parts, stream, page.position(i));
    const revisions = stopped.map((index) => keyed.parkedListOf(index).get(stream)?.revision ?? 0);
    return { store, stream, skips, tailFrom: revisions.length === 0 ? undefined : Math.min(...revisions) };
  }

  /** A projector that had stopped at an event of a session is shown it again, and what has come since. */
  private replaySession(index: number, id: string, stream: string, again: FoldedAgain<SessionState, FoldEvent>): void {
    const from = this.freed(index, stream);
    const { view } = this.parts.keyed;
    const state = copyOf(again.before);
    for (const { recorded, event } of again.tail) {
      view.rememberBefore(state);
      fold(state, event);
      if (recorded.revision >= from) this.showAgain(index, 'session', id, recorded, state);
    }
  }

  private showAgain(
    index: number,
    from: 'session' | 'merchant',
    id: string,
    recorded: RecordedEvent,
    state?: SessionState,
  ): void {
    const { keyed } = this.parts;
    const { view } = keyed;
    view.show(new OneEventPage(recorded), 0);
    view.from = from;
    view.id = id;
    view.session = state;
    view.before = state === undefined ? undefined : view.beforeFields;
    if (keyed.lookingAt(from, view.kind).includes(index)) keyed.apply([index]);
  }

  /** Takes a stream from a projector's list; the revision at which it had stopped. */
  private freed(index: number, stream: string): number {
    const list = this.parts.keyed.parkedListOf(index);
    const revision = list.get(stream)?.revision ?? 0;
    list.set(stream, undefined);
    return revision;
  }
}

const hasMoved = (before: SessionState, after: SessionState): boolean =>
  before.parked !== undefined &&
  (after.parked === undefined ||
    after.parked.revision !== before.parked.revision ||
    after.parked.why !== before.parked.why);

const parkedAt = (
  stream: string,
  {
    state,
    parkedAt: event,
  }: Pick<FoldedAgain<{ readonly parked: { readonly why: string } | undefined }, unknown>, 'state' | 'parkedAt'>,
): ParkedStream | undefined => {
  if (state.parked === undefined || event === undefined) return undefined;
  const { revision, position } = event;
  return { stream, revision, position, storedAtMs: Math.trunc(event.storedAtMs), why: state.parked.why };
};
