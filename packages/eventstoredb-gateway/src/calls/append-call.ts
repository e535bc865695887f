import type { handleClientStreamingCall, sendUnaryData, ServerReadableStream } from '@grpc/grpc-js';
import type { EventToAppend } from '@lapse/store';
import { checkEvents, checkTarget } from '../append/appender.js';
import { appendSize, AppendWeight } from '../append/weight.js';
import { appendWithin } from '../append/timed-append.js';
import type { AppendAnswer } from '../append/answer.js';
import { cutOff, failureOf, handlerThrew, invalidArgument, notReady, serverBusy, streamDeleted } from '../failure.js';
import { appendConflict, ANY, expectRevision, NO_STREAM_EXPECTED, STREAM_EXISTS } from '../wire/expectation.js';
import type { Expectation } from '../wire/expectation.js';
import { AppendResp, Empty, streamNameOf, type AppendReq } from '../wire/messages.js';
import { eventToAppend } from '../wire/proposed-event.js';
import { isCutOff } from './cut-off.js';
import type { CallTools } from './tools.js';

type Call = ServerReadableStream<AppendReq, AppendResp>;

/**
 * A call that is cancelled in the middle of its events ends as one does that is whole; only a turn later is it said that it
 * was cancelled. Without that turn a part of an append would be stored.
 */
const turnOfTheLoop = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** The classic append: its options, then one message an event, then one answer. */
export const appendCall =
  (tools: CallTools): handleClientStreamingCall<AppendReq, AppendResp> =>
  (call, callback) => {
    void new ClassicAppend(tools, call, callback).run();
  };

class ClassicAppend {
  private readonly weight: AppendWeight;
  private readonly events: EventToAppend[] = [];
  private stream = '';
  private expected: Expectation | undefined;
  private isOver = false;

  constructor(
    private readonly tools: CallTools,
    private readonly call: Call,
    private readonly callback: sendUnaryData<AppendResp>,
  ) {
    this.weight = new AppendWeight(tools.core.limits);
  }

  async run(): Promise<void> {
    const { core, inFlight, faults } = this.tools;
    try {
      await this.receive();
      await turnOfTheLoop();
      if (this.isOver) return;
      const { stream, expected, events } = this;
      if (expected === undefined) throw handlerThrew('The call had no options.');
      await faults.beforeAppend?.(stream);
      const answer = await appendWithin(this.tools, { stream, expected, events }, core.limits.writeTimeoutMs);
      const fate = (await faults.afterAppend?.(stream)) ?? 'send';
      if (fate !== 'drop') this.end(() => this.callback(null, this.answerOf(expected, answer)));
    } catch (error) {
      this.fail(error);
    } finally {
      inFlight.letGo(this.weight.bytes);
    }
  }

  /** Resolves when all of the call is there. A message is looked at when it comes, so a bad one is answered at once. */
  private receive(): Promise<void> {
    const { call } = this;
    return new Promise((resolve, reject) => {
      call.on('data', (message: AppendReq) => {
        try {
          const checked = this.take(message);
          if (checked === undefined) return;
          call.pause();
          checked.then(() => call.resume(), reject);
        } catch (error) {
          call.pause();
          reject(error instanceof Error ? error : new Error(String(error)));
        }
      });
      call.once('end', () => (isCutOff(call) ? reject(cutOff()) : resolve()));
      call.once('error', reject);
      call.once('cancelled', () => {
        this.isOver = true;
        resolve();
      });
    });
  }

  private take(message: AppendReq): void | Promise<void> {
    if (this.expected === undefined) return this.takeOptions(message);
    const proposed = message.getProposedMessage();
    if (proposed === undefined) throw handlerThrew('An event was expected.');
    const event = eventToAppend(proposed);
    this.tools.inFlight.hold(appendSize(event));
    this.weight.add(event);
    this.events.push(event);
    checkEvents(this.events.slice(-1));
  }

  private takeOptions(message: AppendReq): void | Promise<void> {
    const { access, inFlight, closing } = this.tools;
    const options = message.getOptions();
    if (options === undefined) throw handlerThrew('The first message must hold the options.');
    if (closing.isClosing) throw notReady();
    if (inFlight.isFull) throw serverBusy();
    this.stream = streamNameOf(options.getStreamIdentifier());
    this.expected = expectationOf(options);
    checkTarget(this.stream);
    return access.check(this.call.metadata, 'write', this.stream);
  }

  private answerOf(expected: Expectation, answer: AppendAnswer): AppendResp {
    switch (answer.kind) {
      case 'wrong-expected-version':
        return appendConflict(expected, answer.actual);
      case 'stream-deleted':
        throw streamDeleted(this.stream);
      case 'success':
        return new AppendResp().setSuccess(successOf(answer.currentRevision, answer.position));
    }
  }

  private fail(error: unknown): void {
    const failure = failureOf(error, this.stream, this.tools.core.limits.appendDataBytesMax);
    if (failure.kind === 'internal') this.tools.core.log({ level: 'error', message: 'an append failed', error });
    this.end(() => this.callback(failure));
  }

  private end(answer: () => void): void {
    if (this.isOver) return;
    answer();
    this.isOver = true;
  }
}

const expectationOf = (options: NonNullable<ReturnType<AppendReq['getOptions']>>): Expectation => {
  if (options.hasAny()) return ANY;
  if (options.hasStreamExists()) return STREAM_EXISTS;
  if (options.hasNoStream()) return NO_STREAM_EXPECTED;
  if (!options.hasRevision()) throw invalidArgument(`'None' is not a valid ExpectedStreamRevisionOneofCase`);
  const expected = expectRevision(options.getRevision());
  if (expected === undefined) throw handlerThrew(`${options.getRevision()} is no revision.`);
  return expected;
};

const successOf = (currentRevision: number, position: number | undefined): InstanceType<typeof AppendResp.Success> => {
  const success = new AppendResp.Success();
  if (currentRevision < 0) success.setNoStream(new Empty());
  else success.setCurrentRevision(String(currentRevision));
  if (position === undefined) return success.setNoPosition(new Empty());
  const place = String(position);
  return success.setPosition(new AppendResp.Position().setCommitPosition(place).setPreparePosition(place));
};
