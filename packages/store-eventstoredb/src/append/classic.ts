import type { Metadata } from '@grpc/grpc-js';
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
      free = () => call.cancel();
    });
    const first = await within(this.sleep, deadlineMs, answer, undefined);
    if (first !== undefined) return first;
    free();
    return failureOf(deadlineError());
  }
}

const readAnswer = (bytes: Buffer | undefined): AppendAnswer => {
  try {
    return readAppendAnswer(bytes ?? Buffer.alloc(0));
  } catch (error) {
    return failureOf(error);
  }
};
