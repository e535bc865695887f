import {
  checkAppend,
  checkPageSize,
  checkReadStream,
  checkStreamPrefixes,
  type AllPage,
  type AppendResult,
  type EventStore,
  type EventToAppend,
  type ExpectedRevision,
  type Position,
  type ReadAllOptions,
  type ReadStreamOptions,
  type StreamPage,
  type SubscribeOptions,
  type SubscriptionMessage,
} from '@lapse/store';
import type { Appender } from './append/appender.js';
import type { Lane } from './connection/lane.js';
import type { SubscriptionLanes } from './connection/lanes.js';
import { closedError } from './errors.js';
import { identityOf } from './identity.js';
import type { Names } from './names.js';
import type { Limits } from './options.js';
import { comparePositions, parsePosition } from './position.js';
import type { AllReader } from './read/all.js';
import type { Reader } from './read/reader.js';
import type { StreamReader } from './read/streams.js';
import { Subscription, type SubscriptionParts } from './read/subscription.js';
import { manyListeners } from './time.js';

export interface StoreParts {
  readonly names: Names;
  readonly limits: Limits;
  readonly appender: Appender;
  readonly reader: Reader;
  readonly streams: StreamReader;
  readonly all: AllReader;
  readonly lanes: readonly Lane[];
  readonly subscriptionLanes: SubscriptionLanes;
  readonly subscriptions: SubscriptionParts;
}

/** The port over an EventStoreDB cluster: guards first, then the parts that know the protocol. */
export class EventStoreDbStore implements EventStore {
  /** A node answers a repeat in the words of the first answer, and another writer's may not have been heard of yet. */
  readonly tellsRepeats = false;
  private closing: Promise<void> | undefined;
  private identityAsked: Promise<string> | undefined;
  private readonly openSubscriptions = new Set<AbortController>();

  constructor(private readonly parts: StoreParts) {}

  async append(
    stream: string,
    events: readonly EventToAppend[],
    expectedRevision: ExpectedRevision,
  ): Promise<AppendResult> {
    this.checkOpen();
    const { limits, names, appender } = this.parts;
    checkAppend(stream, events, expectedRevision, {
      appendBytesMax: limits.appendBytesMax,
      systemNames: 'refused',
    });
    if (events.length === 0) return this.appendNothing(names.onServer(stream), expectedRevision);
    return appender.append(names.onServer(stream), events, expectedRevision);
  }

  async readStream(stream: string, options: ReadStreamOptions = {}): Promise<StreamPage> {
    this.checkOpen();
    const read = checkReadStream(stream, options);
    options.signal?.throwIfAborted();
    return this.parts.streams.page(stream, read, options.signal);
  }

  async readAll(options: ReadAllOptions): Promise<AllPage> {
    this.checkOpen();
    checkStreamPrefixes(options.streamPrefixes);
    const maxCount = checkPageSize(options.maxCount);
    const { after, streamPrefixes, signal } = options;
    if (after !== 'start') parsePosition(after);
    signal?.throwIfAborted();
    return this.parts.all.page({ after, maxCount, streamPrefixes, signal });
  }

  async *subscribe(options: SubscribeOptions): AsyncGenerator<SubscriptionMessage, void, undefined> {
    this.checkOpen();
    checkStreamPrefixes(options.streamPrefixes);
    const pageSizeMax = checkPageSize(options.pageSizeMax);
    const { after, streamPrefixes } = options;
    if (after !== 'start') parsePosition(after);
    if (options.signal?.aborted === true) return;
    const stop = manyListeners(new AbortController());
    const abort = (): void => stop.abort();
    options.signal?.addEventListener('abort', abort);
    this.openSubscriptions.add(stop);
    const { lane, release } = this.parts.subscriptionLanes.take();
    const isClosed = (): boolean => this.closing !== undefined;
    try {
      const wanted = { after, pageSizeMax, streamPrefixes, signal: stop.signal, isClosed };
      yield* new Subscription(this.parts.subscriptions, lane, wanted).run();
    } finally {
      release();
      this.openSubscriptions.delete(stop);
      options.signal?.removeEventListener('abort', abort);
    }
  }

  async headPosition(): Promise<Position | 'start'> {
    this.checkOpen();
    return (await this.parts.all.head()).position;
  }

  comparePositions(a: Position | 'start', b: Position | 'start'): number {
    return comparePositions(a, b);
  }

  async identity(): Promise<string> {
    this.checkOpen();
    const { names, streams, appender, subscriptions } = this.parts;
    this.identityAsked ??= identityOf(names, streams, appender, subscriptions.random);
    const { identityAsked } = this;
    try {
      return await identityAsked;
    } catch (error) {
      if (this.identityAsked === identityAsked) this.identityAsked = undefined;
      throw error;
    }
  }

  close(): Promise<void> {
    this.closing ??= this.closeParts();
    return this.closing;
  }

  private async closeParts(): Promise<void> {
    // Marked as closed before anything is awaited: the setter above runs first.
    await Promise.resolve();
    for (const subscription of this.openSubscriptions) subscription.abort();
    await Promise.all([this.parts.appender.close(), this.parts.reader.close()]);
    for (const lane of this.parts.lanes) lane.close();
    this.parts.subscriptionLanes.close();
  }

  /** A node takes an empty append for a write: with `any` it would bring a deleted stream back. So the revision is read. */
  private async appendNothing(streamOnServer: string, expected: ExpectedRevision): Promise<AppendResult> {
    const newest = await this.parts.streams.events(streamOnServer, { from: 'end', direction: 'backwards', count: 1 });
    const lastRevision = newest?.at(-1)?.revision ?? -1;
    if (expected !== 'any' && expected !== lastRevision)
      return { kind: 'wrong-revision', actualRevision: lastRevision };
    return { kind: 'appended', lastRevision, position: undefined, repeated: false };
  }

  private checkOpen(): void {
    if (this.closing !== undefined) throw closedError();
  }
}
