/** Every bound of the gateway, named. Times are milliseconds. */
export interface GatewayLimits {
  /** Data bytes of one append, as a 23.10 node counts them (metadata and type names do not count). */
  readonly appendDataBytesMax: number;
  /** Data, metadata and type names of one append together; also the largest message that is taken. */
  readonly appendBytesMax: number;
  readonly appendEventsMax: number;
  /** Appends that wait for the store, over all connections. Above it batch calls are not read, others are told to come back. */
  readonly appendsInFlightMax: number;
  /** Bytes of those appends and of unfinished ones. Above it, the same. */
  readonly waitingBytesMax: number;
  /** Appends that one batch call has begun and not finished. */
  readonly batchUnfinishedMax: number;
  /** An append that the store has not answered by then counts as timed out. Deadlines of clients only shorten it. */
  readonly writeTimeoutMs: number;
  /** How often deadlines are looked at. */
  readonly deadlineCheckMs: number;
  readonly connectionsMax: number;
  /** Calls on one connection at a time; a further one waits at the client. */
  readonly callsPerConnectionMax: number;
  /** Read calls and subscriptions at a time, over all connections. */
  readonly readsMax: number;
  /** Events of one page that a reader holds, and the bytes that it aims at (one large event may exceed them). */
  readonly pageEventsMax: number;
  readonly pageBytesAim: number;
  /** A regular expression from a client: its text, and the size of the program that it becomes. */
  readonly regexCharsMax: number;
  readonly regexProgramMax: number;
  readonly prefixesMax: number;
  /** Streams whose metadata is kept in memory. */
  readonly streamStatesMax: number;
  /** Memory for the ids of recent appends, by which `any` and `stream_exists` know a repeat; as on a node, empty after a restart. */
  readonly recentIdsBytesMax: number;
  /** A connection that is silent for so long is asked whether its client is still there, and cut if it says nothing. */
  readonly keepAliveMs: number;
  readonly keepAliveTimeoutMs: number;
  /** How long closing waits for appends under way. */
  readonly closeGraceMs: number;
}

export const DEFAULT_GATEWAY_LIMITS: GatewayLimits = {
  appendDataBytesMax: 1_048_576,
  appendBytesMax: 16 * 1_048_576,
  appendEventsMax: 100_000,
  appendsInFlightMax: 1024,
  waitingBytesMax: 64 * 1_048_576,
  batchUnfinishedMax: 1024,
  writeTimeoutMs: 2000,
  deadlineCheckMs: 20,
  connectionsMax: 1000,
  callsPerConnectionMax: 100,
  readsMax: 2000,
  pageEventsMax: 512,
  pageBytesAim: 1_048_576,
  regexCharsMax: 512,
  regexProgramMax: 1000,
  prefixesMax: 100,
  streamStatesMax: 10_000,
  recentIdsBytesMax: 8 * 1_048_576,
  keepAliveMs: 10_000,
  keepAliveTimeoutMs: 10_000,
  closeGraceMs: 5000,
};
