import type { EventToAppend } from '@lapse/store';
import type { Expectation } from '../wire/expectation.js';

export interface AppendRequest {
  readonly stream: string;
  readonly expected: Expectation;
  readonly events: readonly EventToAppend[];
  /** False once the caller has been told that there was no time: what has not reached the store by then is not written. */
  readonly isWanted: () => boolean;
}
