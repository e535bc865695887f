import type { RecordedEvent } from '@lapse/store';
import type { Core } from '../core.js';
import { streamDeleted } from '../failure.js';
import { randomUuid } from '../ids.js';
import { isMetadataStream, TOMBSTONE_TYPE } from '../streams/names.js';
import { isVisible, lastEventOf, visibleRange } from '../streams/visible-range.js';
import { caughtUp, confirmation, type ReadAnswer } from '../wire/read-answer.js';
import { answerFor, type Reader } from './answers.js';
import type { Watch } from './live-tail.js';
import { PageSizer } from './page-sizer.js';
import { shownEvent } from './shown.js';

export interface StreamSubscription {
  readonly stream: string;
  /** Exclusive: the first event handed out has a higher revision. */
  readonly from: number | 'start' | 'end';
}

type Answers = AsyncGenerator<readonly ReadAnswer[]>;

/**
 * Catch-up by what the stream's metadata leaves to see, then live with everything that is written. A stream that is not
 * there is waited for, and `caught_up` with it. A tombstone is handed out as the last event and ends the subscription.
 */
export async function* subscribeStream(core: Core, reader: Reader, subscription: StreamSubscription): Answers {
  const watch = core.tail.watchStream(subscription.stream);
  try {
    yield* new StreamFollower(core, reader, subscription, watch).answers();
  } finally {
    watch.close();
  }
}

class StreamFollower {
  private readonly sizer: PageSizer;
  private next = 0;

  constructor(
    private readonly core: Core,
    private readonly reader: Reader,
    private readonly subscription: StreamSubscription,
    private readonly watch: Watch,
  ) {
    this.sizer = new PageSizer(core.limits.pageEventsMax, core.limits.pageBytesAim);
  }

  async *answers(): Answers {
    const { core, subscription } = this;
    const { from, stream } = subscription;
    this.watch.reset();
    if ((await core.states.of(stream)).tombstone !== undefined) throw streamDeleted(stream);
    if (from === 'end') this.next = ((await lastEventOf(core.store, stream))?.revision ?? -1) + 1;
    else if (from !== 'start') this.next = from + 1;
    yield [confirmation(randomUuid(core.random))];
    if (from !== 'end') yield* this.catchUp();
    if (this.reader.signal.aborted) return;
    yield [caughtUp()];
    yield* this.live();
  }

  /** Until the end of the stream has been seen, which a stream that is not there does not have. */
  private async *catchUp(): Answers {
    const { core, reader, subscription } = this;
    while (!reader.signal.aborted) {
      this.watch.reset();
      const range = await visibleRange(core, subscription.stream, await core.states.of(subscription.stream));
      if (range.kind === 'deleted') throw streamDeleted(subscription.stream);
      const isThere =
        range.kind === 'visible' &&
        (range.lastRevision ?? (await lastEventOf(core.store, subscription.stream))?.revision) !== undefined;
      if (isThere) {
        this.next = Math.max(this.next, range.firstRevision);
        yield* this.toEnd((event) => isVisible(range, event.revision, event.storedAtMs));
        return;
      }
      await this.watch.changed(reader.signal);
    }
  }

  private async *live(): Answers {
    const { core, reader, subscription } = this;
    const { stream } = subscription;
    while (!reader.signal.aborted) {
      this.watch.reset();
      const { tombstone } = await core.states.of(stream);
      yield* this.toEnd((event) => event.type !== TOMBSTONE_TYPE);
      if (tombstone !== undefined) {
        if (!isMetadataStream(stream)) yield [await answerFor(core, reader, shownEvent(core, tombstone))];
        throw streamDeleted(stream);
      }
      await this.watch.changed(reader.signal);
    }
  }

  private async *toEnd(isShown: (event: RecordedEvent) => boolean): Answers {
    const { core, reader, subscription } = this;
    while (!reader.signal.aborted) {
      const page = await core.store.readStream(subscription.stream, { from: this.next, maxCount: this.sizer.next() });
      if (page.kind === 'no-stream' || page.events.length === 0) return;
      const answers: ReadAnswer[] = [];
      for (const event of page.events) {
        this.sizer.read(event);
        if (isShown(event)) answers.push(await answerFor(core, reader, shownEvent(core, event)));
      }
      this.next = page.events.at(-1)!.revision + 1;
      if (answers.length > 0) yield answers;
      if (page.atEnd) return;
    }
  }
}
