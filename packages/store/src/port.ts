/**
 * The port that every store keeps: streams of events, one total order over all of them, and a subscription.
 * It knows nothing of sessions. Outcomes that a caller expects (a lost race, a missing stream) are values;
 * what nobody can plan for is a {@link StoreError}.
 */

declare const positionBrand: unique symbol;

/**
 * A place in the order of all events of one store. Opaque: it may be kept as text and handed back to the store it came
 * from; which of two comes first only that store knows ({@link EventStore.comparePositions}).
 */
export type Position = string & { readonly [positionBrand]: true };

export type ContentType = 'application/json' | 'application/octet-stream';

/** What a writer hands in. `id` is a UUID in lower case with hyphens, not all zeros. */
export interface EventToAppend {
  readonly id: string;
  readonly type: string;
  readonly contentType: ContentType;
  readonly data: Uint8Array;
  readonly metadata: Uint8Array;
}

/** What the store gives back: the same bytes, with their place and the store's own time (never used by a rule). */
export interface RecordedEvent extends EventToAppend {
  readonly stream: string;
  /** 0, 1, 2 … within the stream, without gaps. */
  readonly revision: number;
  readonly position: Position;
  readonly storedAtMs: number;
}

/**
 * Three numbers about an event that its reader wants without parsing it. What they mean is the business of whoever hands
 * in the {@link FactsExtractor}; a store only keeps them (SQLite in columns) or computes them when it reads.
 */
export interface Facts {
  /** A small whole number, 0 to 254; {@link KIND_UNCERTAIN} asks for the extractor again at every read. */
  readonly kind: number;
  /** Epoch milliseconds, a safe integer; 0 where the event tells none. */
  readonly atMs: number;
  /** Up to 31 bits. */
  readonly flags: number;
}

/** A kind that must not be trusted when it comes from a column: a later version of the extractor may know better. */
export const KIND_UNCERTAIN = 255;

/** Pure and total: bytes that cannot be read give a kind, never an exception. */
export type FactsExtractor = (event: Pick<EventToAppend, 'type' | 'contentType' | 'data' | 'metadata'>) => Facts;

/** The last revision that the stream must have: -1 for "no such stream yet". `any` gives up every protection against doubles. */
export type ExpectedRevision = number | 'any';
export const NO_STREAM = -1;

export type AppendResult =
  | {
      readonly kind: 'appended';
      /** The revision of the last event of *this* append (for an empty one: the stream's last revision). */
      readonly lastRevision: number;
      /** The position of the last event of this append; absent where the store cannot tell (empty append). */
      readonly position: Position | undefined;
      /**
       * The very same events stood there already, written by an earlier try: nothing was written now. False also where the
       * store cannot tell: an EventStoreDB node answers a repeat with the words of the first answer.
       */
      readonly repeated: boolean;
    }
  | { readonly kind: 'wrong-revision'; readonly actualRevision: number };

export interface ReadStreamOptions {
  /** The first revision to read, inclusive. Default: `start` forwards, `end` backwards. */
  readonly from?: number | 'start' | 'end';
  readonly direction?: 'forwards' | 'backwards';
  /** 1 to {@link PAGE_SIZE_MAX}; default {@link PAGE_SIZE_DEFAULT}. */
  readonly maxCount?: number;
  /** Rejects the read with the signal's reason. */
  readonly signal?: AbortSignal;
}

export type StreamPage =
  /** `atEnd`: nothing more stood in that direction, exact also when the page is full. */
  | { readonly kind: 'page'; readonly events: readonly RecordedEvent[]; readonly atEnd: boolean }
  | { readonly kind: 'no-stream' };

export interface AllFilter {
  /** Only streams whose name starts with one of these, letter by letter; left out: every stream, an empty list: none. */
  readonly streamPrefixes?: readonly string[];
}

export interface ReadAllOptions extends AllFilter {
  /** Exclusive: the page starts behind this position. */
  readonly after: Position | 'start';
  /** How many events to look at, 1 to {@link PAGE_SIZE_MAX}; matching ones may be fewer. Default {@link PAGE_SIZE_DEFAULT}. */
  readonly maxCount?: number;
  /** Kinds whose payload the caller will ask for: a hint that saves a look-up each. Default: all of them. */
  readonly payloadOfKinds?: readonly number[];
  /** Rejects the read with the signal's reason. */
  readonly signal?: AbortSignal;
}

/**
 * A page of the total order in columns: asking for a revision or a fact makes no object. `i` runs from 0 to `size - 1`.
 * A page may be used until the store closes.
 */
export interface AllPage {
  readonly size: number;
  /** How far the store *looked*, also when nothing matched: the position to go on from. */
  readonly scannedTo: Position | 'start';
  /** Nothing more stood behind `scannedTo` when the page was read. */
  readonly atEnd: boolean;
  position(i: number): Position;
  stream(i: number): string;
  /**
   * A whole number that stands for the stream for as long as the store is open, always the same and for no other; undefined where
   * the store knows streams by their names alone.
   */
  streamKey(i: number): number | undefined;
  revision(i: number): number;
  kind(i: number): number;
  atMs(i: number): number;
  flags(i: number): number;
  /** The last 32 bits of the event's id, unsigned: enough to notice that an id may stand twice. */
  idLow32(i: number): number;
  storedAtMs(i: number): number;
  /**
   * Data and metadata as text where the page has them at hand so: of the kinds that were asked for, in a store that keeps them in
   * a form that gives text faster than bytes. Undefined: ask for the {@link event}. Bytes that are no UTF-8 come out as U+FFFD.
   */
  text(i: number): EventText | undefined;
  /** The whole event, payload included (read on demand where it was not asked for). */
  event(i: number): RecordedEvent;
}

export interface EventText {
  readonly data: string;
  readonly metadata: string;
}

export interface SubscribeOptions extends AllFilter {
  readonly after: Position | 'start';
  /** No page is longer, 1 to {@link PAGE_SIZE_MAX}; default {@link PAGE_SIZE_DEFAULT}. */
  readonly pageSizeMax?: number;
  readonly payloadOfKinds?: readonly number[];
  /** Ends the iteration without an error. */
  readonly signal?: AbortSignal;
}

export type SubscriptionMessage =
  /** May be empty where a filter matched nothing: its `scannedTo` has moved all the same. */
  | { readonly kind: 'page'; readonly page: AllPage }
  /**
   * Everything up to `at` has been handed out and the subscription now waits for new events. Comes each time that happens,
   * for an empty store too. `at` is not behind the head of the moment in which the subscription began.
   */
  | { readonly kind: 'caught-up'; readonly at: Position | 'start' };

export interface EventStore {
  /**
   * Whether `repeated` is always said of an append that stood there before. A store that answers both in the same words may take
   * for its caller's own what another writer wrote with the same ids a moment earlier: read it back where that matters.
   */
  readonly tellsRepeats: boolean;

  /**
   * Writes all events or none. The same ids at the same explicit revision again are the append that they already are:
   * `appended` with `repeated`, also long after, also when the stream has grown since. A resolved `appended` is on disk.
   * An empty list checks the revision and writes nothing.
   */
  append(stream: string, events: readonly EventToAppend[], expectedRevision: ExpectedRevision): Promise<AppendResult>;

  readStream(stream: string, options?: ReadStreamOptions): Promise<StreamPage>;

  /** One page of the total order. Asking behind the end gives an empty page at the end. */
  readAll(options: ReadAllOptions): Promise<AllPage>;

  /**
   * Catch-up, then live, pull by pull: a slow reader slows the store's reading, nothing piles up. Ends when the signal
   * aborts or the iteration is left; throws a {@link StoreError} when the store is lost (`follow` resumes it) and
   * `store-closed` when it is closed. Bad options are thrown by the first pull.
   */
  subscribe(options: SubscribeOptions): AsyncIterable<SubscriptionMessage>;

  /** The position of the newest event, `start` for an empty store. */
  headPosition(): Promise<Position | 'start'>;

  /**
   * Negative, zero or positive, as for a sort. Throws `bad-position` for text that is no position of this kind of store.
   * Needs no log and goes on working after {@link close}.
   */
  comparePositions(a: Position | 'start', b: Position | 'start'): number;

  /** A name for this very log, the same for as long as it lives: a checkpoint of another log is noticed by it. */
  identity(): Promise<string>;

  /**
   * Waits for what is under way; from the call on every new one fails with `store-closed`, and a subscription that waits
   * ends with it. May be called twice.
   */
  close(): Promise<void>;
}

export const PAGE_SIZE_DEFAULT = 500;
export const PAGE_SIZE_MAX = 10_000;
/** data + metadata + 2 × type length, summed over the events of one append: what an EventStoreDB node takes by default. */
export const APPEND_BYTES_MAX_DEFAULT = 1_048_576;
