import { status, type Client, type Metadata, type MethodDefinition } from '@grpc/grpc-js';
import { within, type Sleep } from '../time.js';

export const NO_ANSWER = 'no answer within the deadline';

/** What a call failed with that was given up here: the same shape as grpc's own, so that one place judges both. */
export const deadlineError = (): Error =>
  Object.assign(new Error(NO_ANSWER), { code: status.DEADLINE_EXCEEDED, details: NO_ANSWER });

export interface CallLimit {
  readonly sleep: Sleep;
  readonly timeoutMs: number;
  /** Gets the headers that come before the answer. */
  readonly onHeaders?: (headers: Metadata) => void;
}

/** One request, one answer. Rejects with grpc's error, or after `timeoutMs`; the call is freed either way. */
export const unaryCall = async <Request, Answer>(
  client: Client,
  method: MethodDefinition<Request, Answer>,
  request: Request,
  metadata: Metadata,
  { sleep, timeoutMs, onHeaders }: CallLimit,
): Promise<Answer> => {
  let free = (): void => undefined;
  const answer = new Promise<Answer>((resolve, reject) => {
    const call = client.makeUnaryRequest<Request, Answer>(
      method.path,
      method.requestSerialize,
      method.responseDeserialize,
      request,
      metadata,
      (error, value) => (error === null ? resolve(value!) : reject(error)),
    );
    if (onHeaders !== undefined) call.on('metadata', onHeaders);
    free = () => call.cancel();
  });
  answer.catch(() => undefined);
  const first = await within(
    sleep,
    timeoutMs,
    answer.then((value) => ({ value })),
    undefined,
  );
  if (first !== undefined) return first.value;
  free();
  throw deadlineError();
};
