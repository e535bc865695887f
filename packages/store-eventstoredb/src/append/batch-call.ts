import type { ClientDuplexStream, Metadata } from '@grpc/grpc-js';
import { StreamsService } from '../connection/generated.js';
import type { Connection } from '../connection/lane.js';
import { deadlineError } from '../connection/unary.js';
import { manyListeners, pause, type Sleep } from '../time.js';
import { readBatchAnswer, type AppendAnswer } from '../wire/append-answers.js';
import { batchRequests, type EncodedAppend } from '../wire/append-messages.js';
import { failureOf, type Failure } from '../wire/failure.js';

const asIs = (bytes: Buffer): Buffer => bytes;
/** Deadlines are looked at so often; the answer "ambiguous" comes later by as much. */
const TICK_MS = 25;

interface Pending {
  readonly settle: (answer: AppendAnswer) => void;
  leftMs: number;
}

/**
 * One long-lived `BatchAppend` call on one connection: appends go in with a number, answers come back with it, in any order.
 * Answers to nobody (late, or sent twice) are ignored. When the call ends, however it ends, every append that waits is
 * ambiguous: what was sent may have been written.
 */
export class BatchCall {
  private readonly call: ClientDuplexStream<Buffer, Buffer>;
  private readonly pending = new Map<number, Pending>();
  private lastCorrelation = 0;
  private ended = false;
  private draining: Promise<void> | undefined;
  private ticking = false;
  private readonly stop = manyListeners(new AbortController());

  constructor(
    connection: Connection,
    metadata: Metadata,
    private readonly sleep: Sleep,
  ) {
    const { path } = StreamsService.batchAppend;
    this.call = connection.client.makeBidiStreamRequest<Buffer, Buffer>(path, asIs, asIs, metadata);
    this.call.on('data', (bytes: Buffer) => this.answered(bytes));
    this.call.on('error', (error) => this.end(failureOf(error)));
    this.call.on('end', () => this.end({ kind: 'ambiguous', reconnect: true, message: 'the server ended the call' }));
    connection.lost.addEventListener('abort', () => this.cancel('the connection was given up'), { once: true });
  }

  /** False once the call has ended: a new one is needed. */
  get isOpen(): boolean {
    return !this.ended;
  }

  async send(append: EncodedAppend, deadlineMs: number): Promise<AppendAnswer> {
    if (this.draining !== undefined) await this.draining;
    if (this.ended) return { kind: 'not-sent', message: 'the call had ended before' };
    this.lastCorrelation += 1;
    const correlation = this.lastCorrelation;
    return new Promise((settle) => {
      this.pending.set(correlation, { settle, leftMs: deadlineMs + TICK_MS });
      for (const request of batchRequests(append, correlation, deadlineMs)) this.write(request);
      void this.watchDeadlines();
    });
  }

  cancel(why: string): void {
    this.end({ kind: 'ambiguous', reconnect: true, message: why });
    // A cancel in the same turn as a write trips an assertion in Node's HTTP/2.
    setImmediate(() => this.call.cancel());
  }

  private write(request: Buffer): void {
    if (this.call.write(request)) return;
    this.draining ??= new Promise((resolve) => {
      const done = (): void => {
        this.draining = undefined;
        resolve();
      };
      this.call.once('drain', done);
      this.stop.signal.addEventListener('abort', done, { once: true });
    });
  }

  private answered(bytes: Buffer): void {
    let found: ReturnType<typeof readBatchAnswer>;
    try {
      found = readBatchAnswer(bytes);
    } catch {
      return;
    }
    if (found === undefined) return;
    const waiting = this.pending.get(found.correlation);
    this.pending.delete(found.correlation);
    waiting?.settle(found.answer);
  }

  private end(failure: Failure): void {
    if (this.ended) return;
    this.ended = true;
    this.stop.abort();
    const waiting = [...this.pending.values()];
    this.pending.clear();
    const answer = waiting.length > 1 ? forSeveral(failure) : failure;
    for (const { settle } of waiting) settle(answer);
  }

  /** One timer for all that wait; none while nobody waits. */
  private async watchDeadlines(): Promise<void> {
    if (this.ticking) return;
    this.ticking = true;
    while (this.pending.size > 0 && !this.ended) {
      await pause(this.sleep, TICK_MS, this.stop.signal);
      for (const [correlation, waiting] of this.pending) {
        waiting.leftMs -= TICK_MS;
        if (waiting.leftMs > 0) continue;
        this.pending.delete(correlation);
        waiting.settle(failureOf(deadlineError()));
      }
    }
    this.ticking = false;
  }
}

/** The call fails with one append's "not leader"; the others may have been written. */
const forSeveral = (failure: Failure): Failure =>
  failure.kind === 'not-leader' ? { kind: 'ambiguous', reconnect: true, message: failure.message } : failure;
