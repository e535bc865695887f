import type { Access } from '../access.js';
import type { AppendTools } from '../append/timed-append.js';
import type { Closing } from './closing.js';
import type { Faults } from '../faults.js';

/** What every call is handed. */
export interface CallTools extends AppendTools {
  readonly access: Access;
  readonly faults: Faults;
  readonly openCalls: OpenCalls;
  readonly closing: Closing;
}

export class OpenCalls {
  reads = 0;
  batches = 0;
}
