import type { Log, SetTimer } from '@lapse/projections';
import type { EngineConfig } from './config.js';

export interface EngineOptions {
  readonly config: EngineConfig;
  readonly nowMs: () => number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly setTimer: SetTimer;
  readonly log?: Log;
  /** False: nothing is closed by itself, for a verb that only wants to write or read. Default true. */
  readonly sweeps?: boolean;
}
