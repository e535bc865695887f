import type { Access } from '../access.js';
import type { AppendTools } from '../append/timed-append.js';
import type { Faults } from '../faults.js';

/** What every call is handed. */
export interface CallTools extends AppendTools {
  readonly access: Access;
  readonly faults: Faults;
  readonly openCalls: OpenCalls;
  /** Aborts when the gateway closes. */
  readonly closing: AbortSignal;
}

export class OpenCalls {
  reads = 0;
  batches = 0;
}
