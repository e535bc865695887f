import {
  Empty,
  ReadReq,
  streamIdentifier,
  type FilterOptions,
  type ReadOptions,
  type ReadResp,
} from '../../src/wire/messages.js';
import type { RawClient } from './raw-client.js';

export interface ReadWish {
  readonly stream?: string;
  readonly all?: true;
  readonly from?: 'start' | 'end' | bigint | readonly [commit: bigint, prepare: bigint];
  readonly backwards?: true;
  readonly count?: number;
  readonly subscribe?: true;
  readonly filter?: FilterWish;
  /** Leaves both of filter and no filter unset. */
  readonly filterUnset?: true;
  readonly uuid?: 'string' | 'structured';
  readonly resolveLinks?: true;
  readonly compatibility?: number;
}

export interface FilterWish {
  readonly on: 'stream' | 'type' | 'unset';
  readonly regex?: string;
  readonly prefixes?: readonly string[];
  readonly window?: number | 'count' | 'unset';
  readonly multiplier?: number;
}

const filterOptions = ({ on, regex, prefixes, window = 32, multiplier = 1 }: FilterWish): FilterOptions => {
  const expression = new ReadReq.Options.FilterOptions.Expression();
  if (regex !== undefined) expression.setRegex(regex);
  expression.setPrefixList([...(prefixes ?? [])]);
  const options = new ReadReq.Options.FilterOptions().setCheckpointintervalmultiplier(multiplier);
  if (on === 'stream') options.setStreamIdentifier(expression);
  else if (on === 'type') options.setEventType(expression);
  if (window === 'count') options.setCount(new Empty());
  else if (window !== 'unset') options.setMax(window);
  return options;
};

const setPlace = (options: ReadOptions, wish: ReadWish): void => {
  const { from = wish.backwards === true ? 'end' : 'start' } = wish;
  if (wish.stream !== undefined) {
    const stream = new ReadReq.Options.StreamOptions().setStreamIdentifier(streamIdentifier(wish.stream));
    if (from === 'start') stream.setStart(new Empty());
    else if (from === 'end') stream.setEnd(new Empty());
    else stream.setRevision(String(from));
    options.setStream(stream);
  } else if (wish.all === true) {
    const all = new ReadReq.Options.AllOptions();
    if (from === 'start') all.setStart(new Empty());
    else if (from === 'end') all.setEnd(new Empty());
    else {
      const [commit, prepare] = typeof from === 'bigint' ? [from, from] : from;
      const position = new ReadReq.Options.Position();
      all.setPosition(position.setCommitPosition(String(commit)).setPreparePosition(String(prepare)));
    }
    options.setAll(all);
  }
};

export const readRequestOf = (wish: ReadWish): ReadReq => {
  const { UUIDOption, ControlOption, ReadDirection, SubscriptionOptions } = ReadReq.Options;
  const options = new ReadReq.Options().setResolveLinks(wish.resolveLinks === true);
  setPlace(options, wish);
  options.setReadDirection(wish.backwards === true ? ReadDirection.BACKWARDS : ReadDirection.FORWARDS);
  if (wish.subscribe === true) options.setSubscription(new SubscriptionOptions());
  else if (wish.count !== undefined) options.setCount(String(wish.count));
  if (wish.filter !== undefined) options.setFilter(filterOptions(wish.filter));
  else if (wish.filterUnset !== true) options.setNoFilter(new Empty());
  const uuid = new UUIDOption();
  options.setUuidOption(wish.uuid === 'structured' ? uuid.setStructured(new Empty()) : uuid.setString(new Empty()));
  if (wish.compatibility !== undefined) {
    options.setControlOption(new ControlOption().setCompatibility(wish.compatibility));
  }
  return new ReadReq().setOptions(options);
};

/** One answer in a word: `stream/revision` of an event, `checkpoint 5/0`, `caught-up`, … */
export const inWords = (answer: ReadResp): string => {
  const event = answer.getEvent()?.getEvent();
  if (event !== undefined) {
    const stream = Buffer.from(event.getStreamIdentifier()!.getStreamName_asU8()).toString();
    return `${stream}/${event.getStreamRevision()}`;
  }
  const checkpoint = answer.getCheckpoint();
  if (checkpoint !== undefined) {
    return `checkpoint ${checkpoint.getCommitPosition()}/${checkpoint.getPreparePosition()}`;
  }
  if (answer.hasEvent()) return 'unresolved link';
  if (answer.hasConfirmation()) return 'confirmed';
  if (answer.hasCaughtUp()) return 'caught-up';
  if (answer.hasStreamNotFound()) return 'not-found';
  if (answer.hasFirstStreamPosition()) return `first ${answer.getFirstStreamPosition()}`;
  return `last ${answer.getLastStreamPosition()}`;
};

export interface ReadEnd {
  readonly words: readonly string[];
  readonly code: number;
  readonly details: string;
}

/** A read to its end, in words. */
export const readInWords = async (raw: RawClient, wish: ReadWish): Promise<ReadEnd> => {
  const { error, answer } = await raw.read(readRequestOf(wish));
  return { words: answer!.map(inWords), code: error?.code ?? 0, details: error?.details ?? '' };
};
