import type { handleBidiStreamingCall, ServerDuplexStream } from '@grpc/grpc-js';
import type { EventToAppend } from '@lapse/store';
import { checkEvents } from '../append/appender.js';
import type { Deadline } from '../append/deadlines.js';
import { appendWithin } from '../append/timed-append.js';
import { appendSize, AppendWeight } from '../append/weight.js';
import { cutOff, failureOf, handlerThrew, notReady, serverBusy, timedOut } from '../failure.js';
import { batchAnswer, batchFailure, type BatchSubject } from '../wire/batch-answer.js';
import type { BatchRequest } from '../wire/batch-request.js';
import { streamNameOf, type BatchAppendResp } from '../wire/messages.js';
import { eventToAppend } from '../wire/proposed-event.js';
import { uuidOf } from '../wire/uuid.js';
import { batchTarget, requestedMs, type BatchTarget } from './batch-options.js';
import { isCutOff } from './cut-off.js';
import { keepEnd } from './keep-end.js';
import { Paused } from './paused.js';
import type { CallTools } from './tools.js';

type Call = ServerDuplexStream<BatchRequest, BatchAppendResp>;

/** Many appends on one call, each with its own correlation id, answered when they are done and in whatever order that is. */
export const batchAppendCall =
  (tools: CallTools): handleBidiStreamingCall<BatchRequest, BatchAppendResp> =>
  (call) =>
    new BatchAppend(tools, call).start();

/** An append whose last part has not come yet. */
interface Unfinished extends BatchTarget {
  readonly subject: BatchSubject;
  readonly events: EventToAppend[];
  readonly weight: AppendWeight;
  readonly startedAtMs: number;
  readonly withinMs: number;
  deadline: Deadline | undefined;
}

class BatchAppend {
  private readonly unfinished = new Map<string, Unfinished>();
  private readonly paused: Paused;
  private appending = 0;
  private inputEnded = false;
  private isOver = false;
  private stopWaiting: (() => void) | undefined;
  private stopListening: (() => void) | undefined;

  constructor(
    private readonly tools: CallTools,
    private readonly call: Call,
  ) {
    this.paused = new Paused(call);
  }

  start(): void {
    const { call, tools } = this;
    tools.openCalls.batches += 1;
    keepEnd(call);
    call.on('data', (request: BatchRequest) => this.receive(request));
    call.once('end', () => {
      this.inputEnded = true;
      this.endWhenDone();
    });
    this.stopListening = tools.closing.onClose(() => this.endWhenDone());
    call.once('cancelled', () => this.finish());
  }

  private receive(request: BatchRequest): void {
    let checked: void | Promise<void>;
    try {
      checked = this.checkAccess(request);
    } catch (error) {
      this.refuse(request, error);
      return;
    }
    if (checked === undefined) {
      this.take(request);
      return;
    }
    this.paused.pause();
    checked
      .then(
        () => this.take(request),
        (error: unknown) => this.refuse(request, error),
      )
      .finally(() => this.paused.resume());
  }

  private checkAccess({ message }: BatchRequest): void | Promise<void> {
    const identifier = message.getOptions()?.getStreamIdentifier();
    if (identifier === undefined) return;
    return this.tools.access.check(this.call.metadata, 'write', streamNameOf(identifier));
  }

  private take(request: BatchRequest): void {
    const { message } = request;
    try {
      const key = uuidOf(message.getCorrelationId());
      if (key === undefined) throw handlerThrew('A correlation id is no UUID.');
      if (message.hasOptions()) this.begin(key, request);
      const append = this.unfinished.get(key);
      if (append === undefined) return;
      this.addEvents(append, request);
      if (!message.getIsFinal()) return;
      this.forget(key, append);
      this.run(append);
    } catch (error) {
      this.refuse(request, error);
    }
    this.waitForRoom();
  }

  private begin(key: string, request: BatchRequest): void {
    const { core, deadlines, closing } = this.tools;
    const { stream, expected } = batchTarget(request.message.getOptions()!);
    if (this.unfinished.has(key)) return;
    if (closing.isClosing) throw notReady();
    if (this.unfinished.size >= core.limits.batchUnfinishedMax) throw serverBusy();
    const startedAtMs = core.nowMs();
    const withinMs = Math.min(requestedMs(request, startedAtMs), core.limits.writeTimeoutMs);
    if (withinMs <= 0) throw timedOut();
    const subject = { correlationId: request.message.getCorrelationId(), stream };
    const weight = new AppendWeight(core.limits);
    // Named one by one: spread, this object alone costs a tenth of an append.
    const append: Unfinished = {
      stream,
      expected,
      subject,
      events: [],
      weight,
      startedAtMs,
      withinMs,
      deadline: undefined,
    };
    this.unfinished.set(key, append);
    if (request.message.getIsFinal()) return;
    append.deadline = deadlines.add(withinMs, () => {
      this.drop(key, append);
      this.answer(batchFailure(subject, timedOut(), core.limits.appendDataBytesMax));
    });
  }

  private addEvents({ events, weight }: Unfinished, { message }: BatchRequest): void {
    for (const proposed of message.getProposedMessagesList()) {
      const event = eventToAppend(proposed);
      checkEvents([event]);
      this.tools.inFlight.hold(appendSize(event));
      events.push(event);
      weight.add(event);
    }
  }

  private run(append: Unfinished): void {
    const { inFlight } = this.tools;
    this.appending += 1;
    void this.append(append).finally(() => {
      inFlight.letGo(append.weight.bytes);
      this.appending -= 1;
      this.endWhenDone();
    });
  }

  private async append({ stream, expected, events, subject, startedAtMs, withinMs }: Unfinished): Promise<void> {
    const { core, faults } = this.tools;
    try {
      if (faults.beforeAppend !== undefined) await faults.beforeAppend(stream);
      const leftMs = withinMs - (core.nowMs() - startedAtMs);
      const answer = await appendWithin(this.tools, { stream, expected, events }, leftMs);
      const fate = faults.afterAppend === undefined ? 'send' : await faults.afterAppend(stream);
      if (fate !== 'drop') await this.send(batchAnswer(subject, expected, answer));
    } catch (error) {
      await this.send(this.failureAnswer(subject, error));
    }
  }

  /** One answer for one correlation id: whatever else comes for a refused append is ignored, so no client is told twice. */
  private refuse({ message }: BatchRequest, error: unknown): void {
    const correlationId = message.getCorrelationId();
    const key = uuidOf(correlationId);
    const append = key === undefined ? undefined : this.unfinished.get(key);
    if (key !== undefined && append !== undefined) this.drop(key, append);
    const stream = append?.stream ?? streamNameOf(message.getOptions()?.getStreamIdentifier());
    this.answer(this.failureAnswer({ correlationId, stream }, error));
  }

  private failureAnswer(subject: BatchSubject, error: unknown): BatchAppendResp {
    const { core } = this.tools;
    const failure = failureOf(error, subject.stream, core.limits.appendDataBytesMax);
    if (failure.kind === 'internal') core.log({ level: 'error', message: 'an append failed', error });
    return batchFailure(subject, failure, core.limits.appendDataBytesMax);
  }

  private forget(key: string, append: Unfinished): void {
    this.unfinished.delete(key);
    append.deadline?.cancel();
  }

  private drop(key: string, append: Unfinished): void {
    this.forget(key, append);
    this.tools.inFlight.letGo(append.weight.bytes);
  }

  private async send(answer: BatchAppendResp): Promise<void> {
    const fate = this.tools.faults.batchAnswer === undefined ? 'send' : await this.tools.faults.batchAnswer(answer);
    if (fate !== 'drop') this.answer(answer);
    if (fate === 'twice') this.answer(answer);
  }

  /** A client that does not take its answers is not read from either. */
  private answer(answer: BatchAppendResp): void {
    if (this.isOver || this.call.write(answer)) return;
    if (this.call.listenerCount('drain') > 0) return;
    this.paused.pause();
    this.call.once('drain', () => this.paused.resume());
  }

  private waitForRoom(): void {
    const { inFlight } = this.tools;
    if (!inFlight.isFull || this.stopWaiting !== undefined || this.isOver) return;
    this.paused.pause();
    this.stopWaiting = inFlight.onRoom(() => {
      this.stopWaiting = undefined;
      this.paused.resume();
    });
  }

  private endWhenDone(): void {
    if (this.isOver || this.appending > 0) return;
    if (this.tools.closing.isClosing) {
      // A clean end would leave clients waiting for ever for what they had sent.
      this.call.emit('error', notReady());
    } else if (this.inputEnded) {
      if (isCutOff(this.call)) this.call.emit('error', cutOff());
      else this.call.end();
    } else return;
    this.finish();
  }

  private finish(): void {
    if (this.isOver) return;
    this.isOver = true;
    this.stopWaiting?.();
    this.stopListening?.();
    for (const [key, append] of this.unfinished) this.drop(key, append);
    this.tools.openCalls.batches -= 1;
  }
}
