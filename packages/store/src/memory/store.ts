import { judgeAppend } from '../append-rule.js';
import { StoreError } from '../errors.js';
import type {
  AllPage,
  AppendResult,
  EventStore,
  EventToAppend,
  ExpectedRevision,
  FactsExtractor,
  Position,
  ReadAllOptions,
  ReadStreamOptions,
  StreamPage,
  SubscribeOptions,
  SubscriptionMessage,
} from '../port.js';
import { checkAppend, checkPageSize, checkReadStream, checkStreamPrefixes, type AppendLimits } from '../validate.js';
import { copyOfEvent, MemoryLog, positionOf, recordedEvent } from './log.js';
import { MemoryPage, startsWithOneOf } from './page.js';
import { numberOf } from './position.js';
import { pageOfStream } from './stream-page.js';

export interface MemoryStoreOptions extends AppendLimits {
  readonly extractFacts: FactsExtractor;
  /** The store's clock, for `storedAtMs` alone. */
  readonly nowMs: () => number;
  /** The name of this log. */
  readonly identity: string;
  /** Awaited before and after the one step in which a call touches the log: a test orders concurrent calls with it. */
  readonly yieldNow?: () => Promise<void>;
}

/** A store that lives as long as its process: for tests, simulations and what-if. It keeps the whole port but outlives nothing. */
export const createMemoryStore = (options: MemoryStoreOptions): EventStore => new MemoryStore(options);

class MemoryStore implements EventStore {
  readonly tellsRepeats = true;
  private readonly log: MemoryLog;
  private readonly yieldNow: () => Promise<void>;
  private readonly underWay = new Set<Promise<unknown>>();
  private closed = false;

  constructor(private readonly options: MemoryStoreOptions) {
    this.log = new MemoryLog(options.extractFacts);
    this.yieldNow = options.yieldNow ?? (() => Promise.resolve());
  }

  async append(
    stream: string,
    events: readonly EventToAppend[],
    expectedRevision: ExpectedRevision,
  ): Promise<AppendResult> {
    this.checkOpen();
    checkAppend(stream, events, expectedRevision, this.options);
    const own = events.map(copyOfEvent);
    return this.inOneStep(() => this.appendNow(stream, own, expectedRevision));
  }

  async readStream(stream: string, options: ReadStreamOptions = {}): Promise<StreamPage> {
    this.checkOpen();
    const read = checkReadStream(stream, options);
    options.signal?.throwIfAborted();
    return this.inOneStep(() => {
      options.signal?.throwIfAborted();
      const page = pageOfStream(this.log.stream(stream), read);
      return page === undefined
        ? { kind: 'no-stream' }
        : { kind: 'page', events: page.records.map(recordedEvent), atEnd: page.atEnd };
    });
  }

  async readAll(options: ReadAllOptions): Promise<AllPage> {
    this.checkOpen();
    checkStreamPrefixes(options.streamPrefixes);
    const after = numberOf(options.after);
    const maxCount = checkPageSize(options.maxCount);
    options.signal?.throwIfAborted();
    return this.inOneStep(() => {
      options.signal?.throwIfAborted();
      return this.pageBehind(after, maxCount, options.streamPrefixes);
    });
  }

  async *subscribe(options: SubscribeOptions): AsyncGenerator<SubscriptionMessage> {
    this.checkOpen();
    checkStreamPrefixes(options.streamPrefixes);
    const { signal, streamPrefixes } = options;
    const pageSizeMax = checkPageSize(options.pageSizeMax);
    let after = numberOf(options.after);
    while (!signal?.aborted) {
      await this.yieldNow();
      this.checkOpen();
      if (signal?.aborted) return;
      if (after < this.log.headNumber) {
        const page = this.pageBehind(after, pageSizeMax, streamPrefixes);
        after = numberOf(page.scannedTo);
        yield { kind: 'page', page };
        continue;
      }
      yield { kind: 'caught-up', at: after === 0 ? 'start' : positionOf(after) };
      while (!this.closed && !signal?.aborted && after >= this.log.headNumber) await this.log.nextChange(signal);
    }
  }

  async headPosition(): Promise<Position | 'start'> {
    this.checkOpen();
    return this.inOneStep(() => (this.log.headNumber === 0 ? 'start' : positionOf(this.log.headNumber)));
  }

  comparePositions(a: Position | 'start', b: Position | 'start'): number {
    return numberOf(a) - numberOf(b);
  }

  async identity(): Promise<string> {
    this.checkOpen();
    return this.options.identity;
  }

  async close(): Promise<void> {
    this.closed = true;
    this.log.wakeAll();
    await Promise.allSettled([...this.underWay]);
  }

  private appendNow(stream: string, events: readonly EventToAppend[], expected: ExpectedRevision): AppendResult {
    const before = this.log.stream(stream);
    const ids = events.map((event) => event.id);
    const verdict = judgeAppend(before.length - 1, expected, ids, (revision) => before[revision]!.event.id);
    switch (verdict.kind) {
      case 'wrong-revision':
        return { kind: 'wrong-revision', actualRevision: before.length - 1 };
      case 'nothing-to-write':
        return { kind: 'appended', lastRevision: before.length - 1, position: undefined, repeated: false };
      case 'repeat': {
        const position = positionOf(before[verdict.lastRevision]!.number);
        return { kind: 'appended', lastRevision: verdict.lastRevision, position, repeated: true };
      }
      case 'write': {
        this.log.write(stream, events, this.options.nowMs());
        const lastRevision = this.log.stream(stream).length - 1;
        return { kind: 'appended', lastRevision, position: positionOf(this.log.headNumber), repeated: false };
      }
    }
  }

  private pageBehind(after: number, maxCount: number, prefixes: readonly string[] | undefined): AllPage {
    const looked = this.log.slice(after, maxCount);
    const scannedTo = looked.at(-1)?.number ?? after;
    const matching = prefixes === undefined ? looked : looked.filter(({ stream }) => startsWithOneOf(stream, prefixes));
    const atEnd = scannedTo >= this.log.headNumber;
    return new MemoryPage(this.log, matching, scannedTo === 0 ? 'start' : positionOf(scannedTo), atEnd);
  }

  private async inOneStep<T>(step: () => T): Promise<T> {
    const work = this.yieldNow()
      .then(step)
      .then((value) => this.yieldNow().then(() => value));
    this.underWay.add(work);
    try {
      return await work;
    } finally {
      this.underWay.delete(work);
    }
  }

  private checkOpen(): void {
    if (this.closed) throw new StoreError('store-closed', `the memory store ${this.options.identity} is closed`);
  }
}
