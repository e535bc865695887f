import type { Metadata } from '@grpc/grpc-js';
import type { Connection } from '../connection/lane.js';
import type { Sleep } from '../time.js';
import type { AppendAnswer } from '../wire/append-answers.js';
import type { EncodedAppend } from '../wire/append-messages.js';
import { BatchCall } from './batch-call.js';
import type { AppendPath } from './path.js';

/** `BatchAppend`: all appends of a connection share one call, which is opened anew when it has ended. */
export class BatchAppend implements AppendPath {
  private readonly calls = new WeakMap<Connection, BatchCall>();

  constructor(
    private readonly metadata: () => Metadata,
    private readonly sleep: Sleep,
  ) {}

  try(connection: Connection, append: EncodedAppend, deadlineMs: number): Promise<AppendAnswer> {
    let call = this.calls.get(connection);
    if (call === undefined || !call.isOpen) {
      call = new BatchCall(connection, this.metadata(), this.sleep);
      this.calls.set(connection, call);
    }
    return call.send(append, deadlineMs);
  }
}
