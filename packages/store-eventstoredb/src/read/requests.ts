import type { ReadReq as Request } from '@eventstore/db-client/generated/streams_pb.js';
import type { Position } from '@lapse/store';
import { Empty, ReadReq, StreamIdentifier } from '../connection/generated.js';
import { parsePosition } from '../position.js';

const { Options } = ReadReq;
const utf8 = new TextEncoder();

/** Streams and types that start with `$` are the server's own. */
const NOT_SYSTEM = '^[^\\$].*';
/** How many events the server looks at between two checkpoints of a filtered subscription. */
const SEARCH_WINDOW = 256;
const CHECKPOINT_EVERY_WINDOWS = 1;

export interface StreamRequest {
  readonly stream: string;
  readonly from: number | 'start' | 'end';
  readonly direction: 'forwards' | 'backwards';
  readonly count: number;
}

export interface AllRequest {
  readonly from: Position | 'start' | 'end';
  readonly direction: 'forwards' | 'backwards';
  /** Left out: everything, the server's own events too. */
  readonly streamPrefix?: string;
  readonly count: number | 'subscription';
}

const requestOf = (options: Request.Options, direction: 'forwards' | 'backwards'): Request => {
  options.setReadDirection(direction === 'forwards' ? 0 : 1);
  options.setResolveLinks(false);
  const uuids = new Options.UUIDOption();
  uuids.setString(new Empty());
  options.setUuidOption(uuids);
  const request = new ReadReq();
  request.setOptions(options);
  return request;
};

export const streamRequest = ({ stream, from, direction, count }: StreamRequest): Request => {
  const options = new Options();
  const target = new Options.StreamOptions();
  target.setStreamIdentifier(identifierOf(stream));
  if (from === 'start') target.setStart(new Empty());
  else if (from === 'end') target.setEnd(new Empty());
  else target.setRevision(String(from));
  options.setStream(target);
  options.setCount(String(count));
  options.setNoFilter(new Empty());
  return requestOf(options, direction);
};

const identifierOf = (
  stream: string,
): NonNullable<ReturnType<Request.Options.StreamOptions['getStreamIdentifier']>> => {
  const identifier = new StreamIdentifier();
  identifier.setStreamName(utf8.encode(stream));
  return identifier;
};

/** Throws `bad-position`. */
export const allRequest = ({ from, direction, streamPrefix, count }: AllRequest): Request => {
  const options = new Options();
  options.setAll(placeOf(from));
  if (count === 'subscription') options.setSubscription(new Options.SubscriptionOptions());
  else options.setCount(String(count));
  if (streamPrefix === undefined) options.setNoFilter(new Empty());
  else options.setFilter(filterOf(streamPrefix));
  return requestOf(options, direction);
};

const placeOf = (from: Position | 'start' | 'end'): Request.Options.AllOptions => {
  const place = new Options.AllOptions();
  if (from === 'start') place.setStart(new Empty());
  else if (from === 'end') place.setEnd(new Empty());
  else {
    const { commit, prepare } = parsePosition(from);
    const position = new Options.Position();
    position.setCommitPosition(commit);
    position.setPreparePosition(prepare);
    place.setPosition(position);
  }
  return place;
};

/** By stream where the log is shared, else by type: either way the server keeps its own events to itself. */
const filterOf = (streamPrefix: string): Request.Options.FilterOptions => {
  const filter = new Options.FilterOptions();
  const expression = new Options.FilterOptions.Expression();
  if (streamPrefix === '') {
    expression.setRegex(NOT_SYSTEM);
    filter.setEventType(expression);
  } else {
    expression.setPrefixList([streamPrefix]);
    filter.setStreamIdentifier(expression);
  }
  filter.setMax(SEARCH_WINDOW);
  filter.setCheckpointintervalmultiplier(CHECKPOINT_EVERY_WINDOWS);
  return filter;
};
