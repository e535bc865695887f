import { StoreError, type FactsExtractor, type Position, type SubscriptionMessage } from '@lapse/store';
import type { Names } from '../names.js';
import { comparePositions, laterOf } from '../position.js';
import type { ReadMessage, WireEvent } from '../wire/read-messages.js';
import { EventPage } from './page.js';

export interface PagerOptions {
  readonly after: Position | 'start';
  readonly pageSizeMax: number;
  readonly streamPrefixes: readonly string[] | undefined;
}

export const matches = (stream: string, prefixes: readonly string[] | undefined): boolean =>
  prefixes === undefined || prefixes.some((prefix) => stream.startsWith(prefix));

/** Makes pages, and the word "caught up" at the right places, of what a server sends on a subscription. */
export class Pager {
  /** Everything up to here was handed out or is nobody's business. */
  scannedTo: Position | 'start';
  /** The newest event that a reader is shown, as it was when the subscription began. */
  private head: Position | 'start' = 'start';
  private newestShown: Position | 'start' = 'start';
  private pageScannedTo: Position | 'start';
  private pending: WireEvent[] = [];
  private serverTells = false;
  private confirmed = false;
  private live = false;
  private toldCaughtUp = false;

  constructor(
    private readonly names: Names,
    private readonly extractFacts: FactsExtractor,
    private readonly options: PagerOptions,
  ) {
    this.scannedTo = options.after;
    this.pageScannedTo = options.after;
  }

  /** The server has taken the subscription: from here on silence means that there is nothing. */
  get isConfirmed(): boolean {
    return this.confirmed;
  }

  /**
   * `head` stood in the log before the subscription began. Servers before 23.10 do not say when they have caught up, and
   * their checkpoints could skip an event: with them the head is waited for, and only events move the place.
   */
  begin(head: Position | 'start', serverTells: boolean): void {
    this.head = laterOf(this.scannedTo, head);
    this.serverTells = serverTells;
    this.confirmed = false;
    this.live = false;
    this.toldCaughtUp = false;
  }

  *accept(messages: readonly ReadMessage[]): Generator<SubscriptionMessage, void, undefined> {
    for (const message of messages) {
      if (message.kind === 'caught-up') {
        this.live = true;
        this.toldCaughtUp = false;
      }
      this.take(message);
      if (this.pending.length >= this.options.pageSizeMax) yield this.page();
    }
    if (comparePositions(this.scannedTo, this.pageScannedTo) > 0) yield this.page();
    if (!this.serverTells && this.confirmed && comparePositions(this.scannedTo, this.head) >= 0) this.live = true;
  }

  /** The server has no more, as far as it said; whether it is silent now the caller must see. */
  get owesCaughtUp(): boolean {
    return this.live && !this.toldCaughtUp;
  }

  caughtUp(): SubscriptionMessage {
    this.toldCaughtUp = true;
    return { kind: 'caught-up', at: laterOf(this.head, this.newestShown) };
  }

  private take(message: ReadMessage): void {
    if (message.kind === 'confirmation') this.confirmed = true;
    else if (message.kind === 'event') this.takeEvent(message.event);
    else if (message.kind === 'checkpoint' && this.serverTells) {
      this.scannedTo = laterOf(this.scannedTo, message.position);
    } else if (message.kind === 'undecodable') {
      const place = `behind ${this.scannedTo}`;
      throw new StoreError('store-corrupt', `subscription: an event ${place} cannot be read: ${message.reason}`);
    }
  }

  private takeEvent(event: WireEvent): void {
    this.scannedTo = event.position;
    if (!this.names.isVisible(event)) return;
    this.newestShown = event.position;
    if (matches(this.names.ofCaller(event.stream), this.options.streamPrefixes)) this.pending.push(event);
  }

  private page(): SubscriptionMessage {
    const { pending, scannedTo } = this;
    this.pending = [];
    this.pageScannedTo = scannedTo;
    this.toldCaughtUp = false;
    return { kind: 'page', page: new EventPage(pending, scannedTo, false, this.names, this.extractFacts) };
  }
}
