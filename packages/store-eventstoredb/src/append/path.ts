import type { Connection } from '../connection/lane.js';
import type { AppendAnswer } from '../wire/append-answers.js';
import type { EncodedAppend } from '../wire/append-messages.js';

/** One way to send an append once. Never rejects: whatever happens is an answer. */
export interface AppendPath {
  /** Settles within `deadlineMs` and a little, whether the server answers or not. */
  try(connection: Connection, append: EncodedAppend, deadlineMs: number): Promise<AppendAnswer>;
}
