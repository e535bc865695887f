import type { ClientWritableStream, Metadata } from '@grpc/grpc-js';
import type { Connection } from '../connection/lane.js';
import { StreamsService } from '../connection/generated.js';
import { deadlineError } from '../connection/unary.js';
import { within, type Sleep } from '../time.js';
import { readAppendAnswer, type AppendAnswer } from '../wire/append-answers.js';
import { appendRequests, type EncodedAppend } from '../wire/append-messages.js';
import { failureOf } from '../wire/failure.js';
import type { AppendPath } from './path.js';

const asIs = (bytes: Buffer): Buffer => bytes;

/** `Append`: a call of its own for each append. Every server has it. */
export class ClassicAppend implements AppendPath {
  constructor(
    private readonly metadata: () => Metadata,
    private readonly sleep: Sleep,
  ) {}

  async try(connection: Connection, append: EncodedAppend, deadlineMs: number): Promise<AppendAnswer> {
    let free = (): void => undefined;
    const answer = new Promise<AppendAnswer>((resolve) => {
      const call = connection.client.makeClientStreamRequest<Buffer, Buffer>(
        StreamsService.append.path,
        asIs,
        asIs,
        this.metadata(),
        (error, bytes) => resolve(error === null ? readAnswer(bytes) : failureOf(error)),
      );
      // An append is bounded in bytes, and so is what waits here to be sent.
      for (const request of appendRequests(append)) call.write(request);
      call.end();
      free = () => giveUp(call);
    });
    const first = await within(this.sleep, deadlineMs, answer, undefined);
    if (first !== undefined) return first;
    free();
    return failureOf(deadlineError());
  }
}

/**
 * Cancelling a call in the middle of its request ends the request there, and a node may take that for the whole of it: of 300
 * appends cancelled half-way a 23.10 node stored 19 in part. So it is cancelled when its last message has left, or it ends
 * with its connection.
 */
const giveUp = (call: ClientWritableStream<Buffer>): void => {
  if (call.writableFinished) call.cancel();
  else call.once('finish', () => call.cancel());
};

const readAnswer = (bytes: Buffer | undefined): AppendAnswer => {
  try {
    return readAppendAnswer(bytes ?? Buffer.alloc(0));
  } catch (error) {
    return failureOf(error);
  }
};
