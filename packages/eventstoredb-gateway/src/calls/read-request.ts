import type { Core } from '../core.js';
import { invalidArgument } from '../failure.js';
import { filterRequest, type FilterRequest } from '../read/event-filter.js';
import { logPlace, type LogPlace } from '../read/log-place.js';
import type { AllRead } from '../read/read-all.js';
import type { StreamRead } from '../read/read-stream.js';
import type { AllSubscription } from '../read/subscribe-all.js';
import type { StreamSubscription } from '../read/subscribe-stream.js';
import { ReadReq, streamNameOf, type ReadOptions } from '../wire/messages.js';

/** One of the nine reads that there are: which of them, and what it needs. */
export type ReadRequest =
  | { readonly kind: 'stream'; readonly read: StreamRead }
  | { readonly kind: 'all'; readonly read: AllRead }
  | { readonly kind: 'subscribe-stream'; readonly subscription: StreamSubscription }
  | { readonly kind: 'subscribe-all'; readonly subscription: AllSubscription };

const UINT64_MAX = 2n ** 64n - 1n;

/** The stream that access is asked for. Throws a failure where the request names none. */
export const readTarget = (options: ReadOptions): string => {
  if (options.hasAll()) return '$all';
  if (!options.hasStream()) throw invalidArgument(`'None' is not a valid StreamOptionOneofCase`);
  return streamNameOf(options.getStream()?.getStreamIdentifier());
};

/** Throws a failure for every combination that is not one of the nine. */
export const readRequest = (core: Core, options: ReadOptions): ReadRequest => {
  const isSubscription = options.hasSubscription();
  const isBackwards = options.getReadDirection() === ReadReq.Options.ReadDirection.BACKWARDS;
  const hasFilterOption = options.hasFilter() || options.hasNoFilter();
  const isLegal =
    (isSubscription || options.hasCount()) &&
    hasFilterOption &&
    !(isSubscription && isBackwards) &&
    !(options.hasStream() && options.hasFilter());
  if (!isLegal) throw invalidArgument(`The combination of ${combination(options)} is invalid.`);
  return options.hasStream() ? ofStream(options) : ofAll(core, options);
};

const combination = (options: ReadOptions): string => {
  const stream = options.hasStream() ? 'Stream' : 'All';
  const count = options.hasSubscription() ? 'Subscription' : options.hasCount() ? 'Count' : 'None';
  const isBackwards = options.getReadDirection() === ReadReq.Options.ReadDirection.BACKWARDS;
  const filter = options.hasFilter() ? 'Filter' : options.hasNoFilter() ? 'NoFilter' : 'None';
  return `(${stream}, ${count}, ${isBackwards ? 'Backwards' : 'Forwards'}, ${filter})`;
};

const clipped = (uint64: string): number => {
  const number = BigInt(uint64);
  return number > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(number);
};

const directionOf = (options: ReadOptions): 'forwards' | 'backwards' =>
  options.getReadDirection() === ReadReq.Options.ReadDirection.BACKWARDS ? 'backwards' : 'forwards';

const ofStream = (options: ReadOptions): ReadRequest => {
  const target = options.getStream()!;
  const stream = streamNameOf(target.getStreamIdentifier());
  const from = revisionOf(target);
  if (options.hasSubscription()) return { kind: 'subscribe-stream', subscription: { stream, from } };
  const maxCount = clipped(options.getCount());
  const tellEnds = (options.getControlOption()?.getCompatibility() ?? 0) >= 1;
  return { kind: 'stream', read: { stream, direction: directionOf(options), from, maxCount, tellEnds } };
};

const revisionOf = (target: NonNullable<ReturnType<ReadOptions['getStream']>>): number | 'start' | 'end' => {
  if (target.hasStart()) return 'start';
  if (target.hasEnd()) return 'end';
  if (!target.hasRevision()) throw invalidArgument(`'None' is not a valid RevisionOptionOneofCase`);
  return BigInt(target.getRevision()) === UINT64_MAX ? 'end' : clipped(target.getRevision());
};

const ofAll = (core: Core, options: ReadOptions): ReadRequest => {
  const from = placeOf(options.getAll()!);
  const isSubscription = options.hasSubscription();
  const filterOptions = options.getFilter();
  const filter: FilterRequest | undefined =
    filterOptions === undefined ? undefined : filterRequest(filterOptions, core, isSubscription);
  if (isSubscription) return { kind: 'subscribe-all', subscription: { from, filter } };
  const maxCount = clipped(options.getCount());
  return { kind: 'all', read: { direction: directionOf(options), from, maxCount, filter: filter?.filter } };
};

const placeOf = (target: NonNullable<ReturnType<ReadOptions['getAll']>>): LogPlace => {
  if (target.hasStart()) return 'start';
  if (target.hasEnd()) return 'end';
  const position = target.getPosition();
  if (position === undefined) throw invalidArgument(`'None' is not a valid AllOptionOneofCase`);
  return logPlace(position.getCommitPosition(), position.getPreparePosition());
};
