import type { handleServerStreamingCall, ServerWritableStream } from '@grpc/grpc-js';
import { failureOf, invalidArgument, notReady, serverBusy } from '../failure.js';
import type { Reader } from '../read/answers.js';
import { readAll } from '../read/read-all.js';
import { readStream } from '../read/read-stream.js';
import { subscribeAll } from '../read/subscribe-all.js';
import { subscribeStream } from '../read/subscribe-stream.js';
import type { ReadReq } from '../wire/messages.js';
import { readAnswerMessage, type ReadAnswer } from '../wire/read-answer.js';
import { isOver, keepEnd } from './keep-end.js';
import { readRequest, readTarget, type ReadRequest } from './read-request.js';
import type { CallTools } from './tools.js';

type Call = ServerWritableStream<ReadReq, ReadAnswer>;

/** Reads and subscriptions. Whatever way the call ends, the reading behind it ends with it. */
export const readCall =
  (tools: CallTools): handleServerStreamingCall<ReadReq, ReadAnswer> =>
  (call) => {
    void new ReadCall(tools, call).run();
  };

class ReadCall {
  private readonly over = new AbortController();
  private stream = '';

  constructor(
    private readonly tools: CallTools,
    private readonly call: Call,
  ) {}

  async run(): Promise<void> {
    const { tools, call, over } = this;
    const abort = (): void => over.abort();
    tools.openCalls.reads += 1;
    keepEnd(call);
    call.once('cancelled', abort);
    if (isOver(call)) abort();
    const stopListening = tools.closing.onClose(abort);
    try {
      await this.answer();
      if (tools.closing.isClosing) throw notReady();
      call.end();
    } catch (error) {
      this.fail(error);
    } finally {
      stopListening();
      tools.openCalls.reads -= 1;
      abort();
    }
  }

  private async answer(): Promise<void> {
    const { tools, call, over } = this;
    const options = call.request.getOptions();
    if (options === undefined) throw invalidArgument('The request has no options.');
    if (tools.closing.isClosing) throw notReady();
    if (tools.openCalls.reads > tools.core.limits.readsMax) throw serverBusy();
    this.stream = readTarget(options);
    await tools.access.check(call.metadata, 'read', this.stream);
    const reader: Reader = {
      uuidForm: options.getUuidOption()?.hasString() === true ? 'string' : 'structured',
      resolveLinks: options.getResolveLinks(),
      mayRead: (stream) => tools.access.mayRead(call.metadata, stream),
      signal: over.signal,
    };
    await this.sendAll(this.answersTo(readRequest(tools.core, options), reader));
  }

  private answersTo(request: ReadRequest, reader: Reader): AsyncGenerator<readonly ReadAnswer[]> {
    const { core } = this.tools;
    switch (request.kind) {
      case 'stream':
        return readStream(core, reader, request.read);
      case 'all':
        return readAll(core, reader, request.read);
      case 'subscribe-stream':
        return subscribeStream(core, reader, request.subscription);
      case 'subscribe-all':
        return subscribeAll(core, reader, request.subscription);
    }
  }

  /** The next page is read when this one is on its way: a client that stops reading stops the reading here. */
  private async sendAll(pages: AsyncGenerator<readonly ReadAnswer[]>): Promise<void> {
    for await (const page of pages) {
      for (const answer of page) {
        if (this.over.signal.aborted) return;
        if (!(await this.send(answer))) await this.drained();
      }
    }
  }

  private send(answer: ReadAnswer): boolean | Promise<boolean> {
    const { readAnswer } = this.tools.faults;
    return readAnswer === undefined ? this.call.write(answer) : this.sendByFate(answer, readAnswer);
  }

  private async sendByFate(
    answer: ReadAnswer,
    readAnswer: NonNullable<CallTools['faults']['readAnswer']>,
  ): Promise<boolean> {
    const fate = await readAnswer(readAnswerMessage(answer));
    if (fate === 'drop') return true;
    if (fate === 'twice') this.call.write(answer);
    return this.call.write(answer);
  }

  private drained(): Promise<void> {
    const { call, over } = this;
    if (over.signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        call.off('drain', done);
        over.signal.removeEventListener('abort', done);
        resolve();
      };
      call.once('drain', done);
      over.signal.addEventListener('abort', done);
    });
  }

  private fail(error: unknown): void {
    const { call, over, tools } = this;
    if (over.signal.aborted && !tools.closing.isClosing) return;
    const failure = failureOf(error, this.stream, tools.core.limits.appendDataBytesMax);
    if (failure.kind === 'internal') tools.core.log({ level: 'error', message: 'a read failed', error });
    call.emit('error', failure);
  }
}
