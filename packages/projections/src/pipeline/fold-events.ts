import {
  FLAG_AUTOMATED,
  foldEventOf,
  foldEventOfFacts,
  KIND_AGENT_MESSAGE,
  KIND_BUYER_MESSAGE,
  type FoldEvent,
  type SessionState,
} from '@lapse/domain';
import type { AllPage } from '@lapse/store';
import type { EventView } from './event-view.js';

type Reused<Kind> = {
  -readonly [K in keyof Extract<FoldEvent, { kind: Kind }>]: Extract<FoldEvent, { kind: Kind }>[K];
};

/** Events as the fold takes them. Messages, which are most of all events, are told from the columns, one in the place of the last. */
export class FoldEvents {
  private readonly byBuyer: Reused<'message-from-buyer'> = { kind: 'message-from-buyer', revision: 0, atMs: 0 };
  private readonly byAgent: Reused<'message-from-agent'> = {
    kind: 'message-from-agent',
    revision: 0,
    atMs: 0,
    automated: false,
  };

  /** The event that `view` shows, for a session that stands as in `state`: to be folded before the next one is asked for. */
  at(page: AllPage, i: number, view: EventView, state: SessionState): FoldEvent {
    const { kind } = view;
    const revision = page.revision(i);
    if (kind !== KIND_BUYER_MESSAGE && kind !== KIND_AGENT_MESSAGE) return foldEventOf(revision, view.read());
    const isByBuyer = kind === KIND_BUYER_MESSAGE;
    if (state.status === 'unpinned') {
      // Such a session keeps what it is shown.
      const type = isByBuyer ? 'message-from-buyer' : 'message-from-agent';
      return foldEventOfFacts(type, revision, page.atMs(i), page.flags(i));
    }
    const message = isByBuyer ? this.byBuyer : this.byAgent;
    message.revision = revision;
    message.atMs = page.atMs(i);
    if (!isByBuyer) this.byAgent.automated = (page.flags(i) & FLAG_AUTOMATED) !== 0;
    return message;
  }
}
