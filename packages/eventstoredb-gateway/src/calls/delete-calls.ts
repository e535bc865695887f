import type { handleUnaryCall, sendUnaryData, ServerUnaryCall } from '@grpc/grpc-js';
import { checkTarget } from '../append/appender.js';
import { deleteStream, type Deletion } from '../append/deleter.js';
import { accessDenied, failureOf, handlerThrew, invalidArgument, notReady } from '../failure.js';
import { isMetadataStream } from '../streams/names.js';
import { ANY, expectRevision, NO_STREAM_EXPECTED, STREAM_EXISTS, type Expectation } from '../wire/expectation.js';
import { DeleteResp, Empty, streamNameOf, TombstoneResp, type DeleteReq, type TombstoneReq } from '../wire/messages.js';
import type { CallTools } from './tools.js';

export const deleteCall =
  (tools: CallTools): handleUnaryCall<DeleteReq, DeleteResp> =>
  (call, callback) =>
    void answer(tools, call, 'soft', callback, (position) => {
      const place = String(position);
      return position === undefined
        ? new DeleteResp().setNoPosition(new Empty())
        : new DeleteResp().setPosition(new DeleteResp.Position().setCommitPosition(place).setPreparePosition(place));
    });

export const tombstoneCall =
  (tools: CallTools): handleUnaryCall<TombstoneReq, TombstoneResp> =>
  (call, callback) =>
    void answer(tools, call, 'tombstone', callback, (position) => {
      const place = String(position);
      return position === undefined
        ? new TombstoneResp().setNoPosition(new Empty())
        : new TombstoneResp().setPosition(
            new TombstoneResp.Position().setCommitPosition(place).setPreparePosition(place),
          );
    });

const answer = async <Answer>(
  tools: CallTools,
  call: ServerUnaryCall<DeleteReq | TombstoneReq, Answer>,
  deletion: Deletion,
  callback: sendUnaryData<Answer>,
  answerOf: (position: number | undefined) => Answer,
): Promise<void> => {
  const { core, access, inFlight, closing } = tools;
  const stream = streamNameOf(call.request.getOptions()?.getStreamIdentifier());
  inFlight.begin();
  try {
    if (closing.isClosing) throw notReady();
    const expected = expectationOf(call.request);
    checkTarget(stream);
    await access.check(call.metadata, 'delete', stream);
    // Metadata has no life of its own here: it goes when its stream is deleted, and may be written over.
    if (isMetadataStream(stream)) throw accessDenied();
    callback(null, answerOf(await deleteStream(core, stream, expected, deletion)));
  } catch (error) {
    const failure = failureOf(error, stream, core.limits.appendDataBytesMax);
    if (failure.kind === 'internal') core.log({ level: 'error', message: 'a delete failed', error });
    callback(failure);
  } finally {
    inFlight.end();
  }
};

const expectationOf = (request: DeleteReq | TombstoneReq): Expectation => {
  const options = request.getOptions();
  if (options === undefined) throw handlerThrew('The request had no options.');
  if (options.hasAny()) return ANY;
  if (options.hasStreamExists()) return STREAM_EXISTS;
  if (options.hasNoStream()) return NO_STREAM_EXPECTED;
  if (!options.hasRevision()) throw invalidArgument(`'None' is not a valid ExpectedStreamRevisionOneofCase`);
  const expected = expectRevision(options.getRevision());
  if (expected === undefined) throw handlerThrew(`${options.getRevision()} is no revision.`);
  return expected;
};
