import { KIND_DECISION, type LapseEvent, type MerchantState, type ReadEvent, type SessionState } from '@lapse/domain';
import type { AllPage, Position, RecordedEvent } from '@lapse/store';
import type { ProjectedEvent, SessionBefore } from '../projector.js';
import { TrustedReader, utf8 } from './trusted-read.js';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** The one object that projectors are shown, moved from event to event. What it parses it parses once. */
export class EventView implements ProjectedEvent {
  from: ProjectedEvent['from'] = 'session';
  id = '';
  kind = KIND_DECISION;
  session: SessionState | undefined;
  before: SessionBefore | undefined;
  merchant: MerchantState | undefined;
  readonly beforeFields: Mutable<SessionBefore> = {
    status: 'missing',
    isParked: false,
    isLatched: false,
    rule: 'agent-silent',
    timeAtMs: 0,
    waitingSinceMs: undefined,
    firstReplyAtMs: undefined,
    buyerMessages: 0,
    agentMessages: 0,
    automatedMessages: 0,
  };
  private readonly reader = new TrustedReader();
  private page: AllPage | undefined;
  private index = 0;
  private recorded: RecordedEvent | undefined;
  private readAs: ReadEvent | undefined;
  /** The stream that the event decides on, and how far it is folded; undefined for all other events. */
  private decidesOn: { readonly stream: string; readonly revision: number } | undefined;

  /** Moves on to the next event. */
  show(page: AllPage, index: number): void {
    this.page = page;
    this.index = index;
    this.kind = page.kind(index);
    this.recorded = undefined;
    this.readAs = undefined;
    this.session = undefined;
    this.before = undefined;
    this.merchant = undefined;
    this.decidesOn = undefined;
  }

  /** Moves on to a decision on a parked stream: shown as an event of that stream, at the decision's place in the log. */
  showDecision(page: AllPage, index: number, decidesOn: { readonly stream: string; readonly revision: number }): void {
    this.show(page, index);
    this.decidesOn = decidesOn;
    this.kind = KIND_DECISION;
  }

  /** Remembers how the session stands before the event is folded in. */
  rememberBefore(state: SessionState): void {
    const before = this.beforeFields;
    before.status = state.status;
    before.isParked = state.parked !== undefined;
    before.isLatched = state.latched;
    before.rule = state.rule;
    before.timeAtMs = state.timeAtMs;
    before.waitingSinceMs = state.waitingSinceMs;
    before.firstReplyAtMs = state.firstReplyAtMs;
    before.buyerMessages = state.buyerMessages;
    before.agentMessages = state.agentMessages;
    before.automatedMessages = state.automatedMessages;
  }

  private get shown(): AllPage {
    return this.page as AllPage;
  }
  get stream(): string {
    return this.decidesOn?.stream ?? this.shown.stream(this.index);
  }
  get revision(): number {
    return this.decidesOn?.revision ?? this.shown.revision(this.index);
  }
  get position(): Position {
    return this.shown.position(this.index);
  }
  get flags(): number {
    return this.shown.flags(this.index);
  }
  get atMs(): number {
    return this.shown.atMs(this.index);
  }
  get type(): string {
    return this.stored().type;
  }
  get storedAtMs(): number {
    return this.shown.storedAtMs(this.index);
  }
  get metadata(): string {
    return this.shown.text(this.index)?.metadata ?? utf8(this.stored().metadata);
  }
  get event(): LapseEvent | undefined {
    const read = this.read();
    return read.kind === 'event' ? read.event : undefined;
  }
  get unreadableWhy(): string | undefined {
    const read = this.read();
    return read.kind === 'unreadable' ? read.why : undefined;
  }

  stored(): RecordedEvent {
    this.recorded ??= this.shown.event(this.index);
    return this.recorded;
  }

  read(): ReadEvent {
    this.readAs ??= this.reader.read(this.kind, this.atMs, this.shown.text(this.index), this);
    return this.readAs;
  }
}
