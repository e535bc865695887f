import { StoreError, type SubscriptionMessage } from '@lapse/store';

export type HowItBreaks = 'drop' | 'end';

interface SubscriptionParts {
  readonly open: (signal: AbortSignal) => AsyncIterable<SubscriptionMessage>;
  /** The reader's own. */
  readonly signal: AbortSignal | undefined;
  /** Before the first pull: the store may not answer. */
  readonly enter: () => Promise<void>;
  /** Before each answer. */
  readonly step: () => Promise<void>;
  /** Resolves when messages come through again. */
  readonly stalled: () => Promise<void>;
}

const ENDED: IteratorResult<SubscriptionMessage> = { done: true, value: undefined };

/** A subscription that can be dropped with an error, end without a word, and stall. */
export class FaultySubscription implements AsyncIterator<SubscriptionMessage> {
  private readonly stop = new AbortController();
  private readonly broken: Promise<HowItBreaks>;
  private breakNow: (how: HowItBreaks) => void = () => undefined;
  private inner: AsyncIterator<SubscriptionMessage> | undefined;

  constructor(
    private readonly parts: SubscriptionParts,
    private readonly onOver: () => void,
  ) {
    this.broken = new Promise((resolve) => (this.breakNow = resolve));
    const { signal } = parts;
    if (signal?.aborted === true) this.stop.abort();
    signal?.addEventListener('abort', () => this.stop.abort());
  }

  break(how: HowItBreaks): void {
    this.breakNow(how);
  }

  abandon(): void {
    this.stop.abort();
  }

  async next(): Promise<IteratorResult<SubscriptionMessage>> {
    if (this.inner === undefined) {
      await this.parts.enter();
      this.inner = this.parts.open(this.stop.signal)[Symbol.asyncIterator]();
    }
    const pulled = await Promise.race([this.inner.next(), this.broken]);
    await this.parts.step();
    await this.parts.stalled();
    if (typeof pulled !== 'string') {
      if (pulled.done === true) this.over();
      return pulled;
    }
    this.over();
    if (pulled === 'end') return ENDED;
    throw new StoreError('store-unavailable', 'the subscription was dropped');
  }

  return(): Promise<IteratorResult<SubscriptionMessage>> {
    this.over();
    return Promise.resolve(ENDED);
  }

  private over(): void {
    this.stop.abort();
    this.onOver();
  }
}
