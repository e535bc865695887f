import type { Logger } from 'pino';
import type { CommandSettings, Commands } from '@lapse/commands';
import type { Engine } from '@lapse/engine';
import type { Projections } from '@lapse/projections';
import type { ServerLimits } from './limits.js';

/** The read models as the server asks for them. */
export type Views = Pick<
  Projections,
  'session' | 'sessions' | 'queue' | 'merchants' | 'parked' | 'status' | 'waitFor' | 'foldAgain'
>;

/** What the server is handed. It opens nothing itself and reads no environment. */
export interface ServerDependencies {
  readonly commands: Commands;
  /** The read side; an engine's `projections`. Without it lists answer `no-views`; sessions and merchants are read from the store. */
  readonly views?: Views | undefined;
  /** The sweep; an engine's `timeouts`. Without it its numbers are left out of the metrics. */
  readonly timeouts?: Pick<Engine['timeouts'], 'status' | 'metrics'> | undefined;
  readonly ready: () => Readiness | Promise<Readiness>;
  readonly settings: Pick<CommandSettings, 'closeGraceMs'>;
  readonly nowMs: () => number;
  readonly logger: Logger;
  readonly limits?: Partial<ServerLimits> | undefined;
}

export interface Readiness {
  readonly ready: boolean;
  readonly checks: readonly { readonly name: string; readonly ready: boolean; readonly detail: string }[];
}
