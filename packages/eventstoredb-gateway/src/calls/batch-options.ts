import { handlerThrew, invalidArgument, Failure } from '../failure.js';
import { status } from '@grpc/grpc-js';
import { checkTarget } from '../append/appender.js';
import type { BatchRequest } from '../wire/batch-request.js';
import { ANY, expectRevision, NO_STREAM_EXPECTED, STREAM_EXISTS, type Expectation } from '../wire/expectation.js';
import { streamNameOf, type BatchAppendReq } from '../wire/messages.js';

type Options = NonNullable<ReturnType<BatchAppendReq['getOptions']>>;

export interface BatchTarget {
  readonly stream: string;
  readonly expected: Expectation;
}

/** Throws a failure for options that name no stream, a stream that nobody may write to, or no expectation. */
export const batchTarget = (options: Options): BatchTarget => {
  if (!options.hasStreamIdentifier()) {
    throw new Failure('bad-request', status.INVALID_ARGUMENT, 'Required field StreamIdentifier not set.');
  }
  const stream = streamNameOf(options.getStreamIdentifier());
  checkTarget(stream);
  return { stream, expected: expectationOf(options) };
};

const expectationOf = (options: Options): Expectation => {
  if (options.hasAny()) return ANY;
  if (options.hasStreamExists()) return STREAM_EXISTS;
  if (options.hasNoStream()) return NO_STREAM_EXPECTED;
  if (!options.hasStreamPosition()) throw invalidArgument(`'None' is not a valid ExpectedStreamPositionOneofCase`);
  const expected = expectRevision(options.getStreamPosition());
  if (expected === undefined) throw handlerThrew(`${options.getStreamPosition()} is no revision.`);
  return expected;
};

/** How long the client wants to wait: said as a duration, or by older clients as a time of their clock. */
export const requestedMs = ({ message, durationMs }: BatchRequest, nowMs: number): number => {
  const deadline = message.getOptions()?.getDeadline();
  if (durationMs !== undefined) return durationMs;
  if (deadline === undefined) return Number.POSITIVE_INFINITY;
  return deadline.getSeconds() * 1000 + deadline.getNanos() / 1_000_000 - nowMs;
};
