import {
  copyOf,
  evolveMerchant,
  fold,
  merchantEventOf,
  readEvent,
  unconfigured,
  unseen,
  type FoldEvent,
  type MerchantState,
  type SessionState,
} from '@lapse/domain';
import { readWholeStream, type EventStore, type Position, type RecordedEvent } from '@lapse/store';
import type { Skips } from './skips.js';

/** A parked stream folded from its first event on, with what has been decided about it. */
export interface FoldedAgain<State, Event> {
  readonly state: State;
  /** The event at which it is parked now. */
  readonly parkedAt: RecordedEvent | undefined;
  /** As it stood before the first of `tail`. */
  readonly before: State;
  /** The events from some revision on, for a read model that stopped there. */
  readonly tail: readonly { readonly recorded: RecordedEvent; readonly event: Event }[];
}

interface FoldAgain {
  readonly store: EventStore;
  readonly stream: string;
  readonly skips: Skips;
  /** Where `tail` begins; left out: it is empty. */
  readonly tailFrom: number | undefined;
}

export interface SessionFoldedAgain extends FoldedAgain<SessionState, FoldEvent> {
  /** The last 32 bits of each id that the stream bears, in its order, each once. */
  readonly idsLow32: readonly number[];
}

/** `lastRevision`: inclusive, how far the log has shown the session. */
export const foldSessionAgain = async (
  { store, stream, skips, tailFrom = Number.MAX_SAFE_INTEGER }: FoldAgain,
  lastRevision: number,
): Promise<SessionFoldedAgain> => {
  const state = unseen(stream);
  const ids = new Set<string>();
  const tail: { recorded: RecordedEvent; event: FoldEvent }[] = [];
  let before: SessionState | undefined;
  let parkedAt: RecordedEvent | undefined;
  for await (const recorded of readWholeStream(store, stream)) {
    if (recorded.revision > lastRevision) break;
    const event = await skips.foldEvent(state, recorded, ids.has(recorded.id));
    ids.add(recorded.id);
    if (recorded.revision >= tailFrom) {
      before ??= copyOf(state);
      tail.push({ recorded, event });
    }
    fold(state, event);
    if (state.parked !== undefined) parkedAt ??= recorded;
  }
  const idsLow32 = [...ids].map((id) => Number.parseInt(id.slice(-8), 16));
  return { state, parkedAt, before: before ?? copyOf(state), tail, idsLow32 };
};

/** `upTo`: inclusive, the place up to which the log has been looked at. */
export const foldMerchantAgain = async (
  { store, stream, skips, tailFrom = Number.MAX_SAFE_INTEGER }: FoldAgain,
  upTo: Position,
): Promise<FoldedAgain<MerchantState, undefined>> => {
  let state = unconfigured;
  let before: MerchantState | undefined;
  let parkedAt: RecordedEvent | undefined;
  const tail: { recorded: RecordedEvent; event: undefined }[] = [];
  for await (const recorded of readWholeStream(store, stream)) {
    if (store.comparePositions(recorded.position, upTo) > 0) break;
    const { revision } = recorded;
    const event = merchantEventOf(revision, readEvent(recorded));
    const isLeftOut = event.kind === 'unreadable' && (await skips.has(recorded));
    if (revision >= tailFrom) {
      before ??= state;
      if (!isLeftOut) tail.push({ recorded, event: undefined });
    }
    state = evolveMerchant(state, isLeftOut ? { kind: 'ignored', revision } : event);
    if (state.parked !== undefined) parkedAt ??= recorded;
  }
  return { state, parkedAt, before: before ?? state, tail };
};
