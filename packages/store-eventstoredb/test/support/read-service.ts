import type { ReadReq, ReadResp } from '@eventstore/db-client/generated/streams_pb.js';
import { Metadata, status, type ServerWritableStream, type ServiceError } from '@grpc/grpc-js';
import type { ReadFate, ReadSeen } from './fates.js';
import { POSITION_STEP, type Logged, type NodeLog } from './log.js';
import {
  caughtUpAnswer,
  checkpointAnswer,
  confirmationAnswer,
  eventAnswer,
  nameOf,
  notFoundAnswer,
} from './messages.js';

type Call = ServerWritableStream<ReadReq, ReadResp>;

export const serviceError = (
  code: number,
  details: string,
  trailers: Readonly<Record<string, string>> = {},
): ServiceError => {
  const metadata = new Metadata();
  for (const [key, value] of Object.entries(trailers)) metadata.set(key, value);
  return Object.assign(new Error(details), { code, details, metadata });
};

export interface ReadServiceState {
  readonly log: NodeLog;
  readonly version: () => string;
  readonly fate: (seen: ReadSeen) => ReadFate;
  readonly cut: () => void;
  /** Messages written to readers so far. */
  sent: number;
  reads: number;
  open: number;
}

/** One call of `Read`, with the end that its fate has for it. */
export const serveRead = (state: ReadServiceState, call: Call): void => {
  const options = call.request.getOptions()!;
  state.reads += 1;
  state.open += 1;
  const seen = {
    n: state.reads,
    isSubscription: options.hasSubscription(),
    isAll: options.hasAll(),
    isFiltered: options.hasFilter(),
    metadata: call.metadata,
  };
  const out = new Outlet(state, call, state.fate(seen));
  call.on('close', () => out.over());
  call.on('cancelled', () => out.over());
  const answers = seen.isSubscription ? subscribe(state, options, out) : read(state, options);
  out.pump(answers).catch((error: unknown) => call.emit('error', error));
};

/** Sends at the reader's pace and breaks off where it was told to. */
class Outlet {
  private messages = 0;
  isOver = false;
  private wake: (() => void) | undefined;

  constructor(
    private readonly state: ReadServiceState,
    private readonly call: Call,
    private readonly fate: ReadFate,
  ) {}

  async pump(answers: AsyncIterable<ReadResp>): Promise<void> {
    if (this.strikes()) return;
    for await (const answer of answers) {
      if (this.isOver) return;
      this.messages += 1;
      this.state.sent += 1;
      if (!this.call.write(answer)) await this.once((done) => this.call.once('drain', done));
      if (this.strikes()) return;
    }
    if (!this.isOver) this.call.end();
  }

  /** Waits for `arm`'s event or for the call's end. */
  once(arm: (done: () => void) => void): Promise<void> {
    return new Promise((resolve) => {
      this.wake = resolve;
      if (this.isOver) resolve();
      else arm(resolve);
    });
  }

  over(): void {
    if (!this.isOver) this.state.open -= 1;
    this.isOver = true;
    this.wake?.();
  }

  /** True when nothing more comes. */
  private strikes(): boolean {
    const { fate } = this;
    if (fate.kind === 'serve' || this.messages < fate.afterMessages) return false;
    if (fate.kind === 'end') this.call.end();
    if (fate.kind === 'cut') this.state.cut();
    if (fate.kind === 'fail') {
      this.call.emit('error', serviceError(fate.code, fate.details ?? 'told to fail', fate.trailers));
    }
    return true;
  }
}

async function* read(state: ReadServiceState, options: ReadReq.Options): AsyncGenerator<ReadResp> {
  const count = Number(options.getCount());
  if (options.hasStream()) yield* readStream(state, options, count);
  else for (const record of allRecords(state.log, options, count)) yield eventAnswer(record);
}

const readStream = function* (state: ReadServiceState, options: ReadReq.Options, count: number): Generator<ReadResp> {
  const target = options.getStream()!;
  const stream = nameOf(target.getStreamIdentifier());
  if (state.log.isTombstoned(stream)) {
    const trailers = { exception: 'stream-deleted', 'stream-name': stream };
    throw serviceError(status.FAILED_PRECONDITION, 'deleted', trailers);
  }
  const events = state.log.stream(stream);
  if (events.length === 0) {
    yield notFoundAnswer(stream);
    return;
  }
  const backwards = options.getReadDirection() === 1;
  const last = events.length - 1;
  const from = target.hasStart() ? 0 : target.hasEnd() ? last : Number(target.getRevision());
  for (
    let sent = 0, at = Math.min(from, backwards ? last : from);
    sent < count && events[at] !== undefined;
    sent += 1
  ) {
    yield eventAnswer(events[at]!);
    at += backwards ? -1 : 1;
  }
};

const isWanted = (options: ReadReq.Options): ((record: Logged) => boolean) => {
  const filter = options.getFilter();
  const expression = filter?.getStreamIdentifier() ?? filter?.getEventType();
  if (expression === undefined) return () => true;
  const text = (record: Logged): string => (filter!.hasStreamIdentifier() ? record.stream : record.type);
  if (expression.getRegex() !== '') {
    const regex = new RegExp(expression.getRegex(), 'u');
    return (record) => regex.test(text(record));
  }
  return (record) => expression.getPrefixList().some((prefix) => text(record).startsWith(prefix));
};

/** From a position forwards with its event, backwards without; a place between two records is none. */
const allRecords = function* (log: NodeLog, options: ReadReq.Options, count: number): Generator<Logged> {
  const place = options.getAll()!;
  const backwards = options.getReadDirection() === 1;
  const wanted = isWanted(options);
  let i = place.hasEnd() ? log.records.length : 0;
  if (place.hasPosition()) {
    const at = Number(place.getPosition()!.getCommitPosition());
    if (at % POSITION_STEP !== 0) throw serviceError(status.UNKNOWN, 'Exception was thrown by handler.');
    i = log.firstIndexFrom(at);
  }
  if (backwards) i -= 1;
  for (let sent = 0; sent < count && log.records[i] !== undefined; i += backwards ? -1 : 1) {
    if (!wanted(log.records[i]!)) continue;
    sent += 1;
    yield log.records[i]!;
  }
};

/** Catch-up, then live. The start is exclusive: one record at or behind it is read and stepped over, whichever it is. */
async function* subscribe(state: ReadServiceState, options: ReadReq.Options, out: Outlet): AsyncGenerator<ReadResp> {
  const { log } = state;
  const place = options.getAll()!;
  let behind = 0;
  if (place.hasPosition()) {
    const at = Number(place.getPosition()!.getCommitPosition());
    behind = log.records[log.firstIndexFrom(at)]?.position ?? at;
  }
  const every = (options.getFilter()?.getMax() ?? 32) * (options.getFilter()?.getCheckpointintervalmultiplier() ?? 1);
  const wanted = isWanted(options);
  yield confirmationAnswer();
  let considered = 0;
  let toldCaughtUp = false;
  let wake: (() => void) | undefined;
  const stop = log.onAppended(() => wake?.());
  try {
    while (!out.isOver) {
      const record = log.records[log.firstIndexFrom(behind + 1)];
      if (record === undefined) {
        if (!toldCaughtUp && isAtLeast2310(state.version())) yield caughtUpAnswer();
        toldCaughtUp = true;
        await out.once((done) => {
          wake = done;
          if (log.records[log.firstIndexFrom(behind + 1)] !== undefined) done();
        });
        continue;
      }
      behind = record.position;
      considered += 1;
      if (wanted(record)) yield eventAnswer(record);
      if (considered % every === 0) yield checkpointAnswer(record.position, record.position);
    }
  } finally {
    stop();
  }
}

const isAtLeast2310 = (version: string): boolean => {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > 23 || (major === 23 && minor >= 10);
};
