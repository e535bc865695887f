import type { ClientReadableStream, Metadata } from '@grpc/grpc-js';
import type { ReadReq as Request } from '@eventstore/db-client/generated/streams_pb.js';
import { StreamsService } from '../connection/generated.js';
import type { Connection } from '../connection/lane.js';
import { within, type Sleep } from '../time.js';
import { failureOf, type Failure } from '../wire/failure.js';
import { readMessage, type ReadMessage } from '../wire/read-messages.js';

export type Taken =
  | { readonly kind: 'messages'; readonly messages: ReadMessage[] }
  | { readonly kind: 'ended' }
  | { readonly kind: 'failed'; readonly failure: Failure }
  /** Nothing came for as long as one was willing to wait. */
  | { readonly kind: 'idle' }
  | { readonly kind: 'aborted' };

const serialize = (request: Request): Buffer => Buffer.from(request.serializeBinary());
const asIs = (bytes: Buffer): Buffer => bytes;

/**
 * One call of the server's `Read`, pulled instead of pushed: at most `bufferMax` messages wait here, then the call is paused,
 * and with it, through HTTP/2, the server's reading. Whoever made it must {@link free} it, or the call stays open for ever.
 */
export class ReadCall {
  private readonly call: ClientReadableStream<Buffer>;
  private buffer: ReadMessage[] = [];
  private outcome: Taken | undefined;
  private wake: (() => void) | undefined;
  private waking = false;
  private readonly lostSignal: AbortSignal;

  constructor(
    connection: Connection,
    request: Request,
    metadata: Metadata,
    private readonly signal: AbortSignal,
    private readonly bufferMax: number,
  ) {
    const { path } = StreamsService.read;
    this.call = connection.client.makeServerStreamRequest<Request, Buffer>(path, serialize, asIs, request, metadata);
    this.call.on('data', (bytes: Buffer) => this.received(bytes));
    this.call.on('error', (error) => this.over({ kind: 'failed', failure: failureOf(error) }));
    this.call.on('end', () => this.over({ kind: 'ended' }));
    connection.lost.addEventListener('abort', this.lost);
    signal.addEventListener('abort', this.aborted);
    this.lostSignal = connection.lost;
  }

  /** Something waits to be taken. */
  get hasNews(): boolean {
    return this.buffer.length > 0 || this.outcome !== undefined;
  }

  /** Waits until something can be taken, at most `idleMs`; true if so. */
  async hasNewsWithin(sleep: Sleep, idleMs: number): Promise<boolean> {
    if (this.hasNews || this.signal.aborted) return true;
    const something = new Promise<boolean>((resolve) => (this.wake = () => resolve(true)));
    if (await within(sleep, idleMs, something, false)) return true;
    // After a stall of this process timers come before the sockets: a look at those first.
    await new Promise((resolve) => setImmediate(resolve));
    return this.hasNews;
  }

  /** What has come since the last time, all of it; waits at most `idleMs` for something. */
  async take(sleep: Sleep, idleMs: number): Promise<Taken> {
    const hasNews = await this.hasNewsWithin(sleep, idleMs);
    this.wake = undefined;
    if (this.signal.aborted) return { kind: 'aborted' };
    if (!hasNews) return { kind: 'idle' };
    if (this.buffer.length === 0) return this.outcome ?? { kind: 'idle' };
    const messages = this.buffer;
    this.buffer = [];
    if (this.call.isPaused()) this.call.resume();
    return { kind: 'messages', messages };
  }

  /** Ends the call on the server too. */
  free(): void {
    this.lostSignal.removeEventListener('abort', this.lost);
    this.signal.removeEventListener('abort', this.aborted);
    this.outcome ??= { kind: 'ended' };
    this.buffer = [];
    this.call.resume();
    // A cancel in the same turn as a read trips an assertion in Node's HTTP/2.
    setImmediate(() => this.call.cancel());
  }

  private readonly lost = (): void =>
    this.over({
      kind: 'failed',
      failure: { kind: 'ambiguous', reconnect: true, message: 'the connection was given up' },
    });

  private readonly aborted = (): void => this.wake?.();

  private received(bytes: Buffer): void {
    if (this.outcome !== undefined) return;
    this.buffer.push(readMessage(bytes));
    if (this.buffer.length >= this.bufferMax) this.call.pause();
    this.wakeSoon();
  }

  private over(outcome: Taken): void {
    this.outcome ??= outcome;
    this.wake?.();
  }

  /** Messages come one by one, many in a turn: whoever waits is woken once for all of them. */
  private wakeSoon(): void {
    if (this.waking || this.wake === undefined) return;
    this.waking = true;
    setImmediate(() => {
      this.waking = false;
      this.wake?.();
    });
  }
}
