import { engineConfig, type EngineConfig } from '@lapse/engine';
import { firstIssue } from '@lapse/domain';
import { usageError } from './cli-error.js';
import type { Io } from './io.js';

/** Which environment variable stands for which setting; a flag wins over it. */
const variables: Readonly<Record<string, keyof EngineConfig>> = {
  LAPSE_DATA_DIR: 'dataDir',
  LAPSE_STORE: 'store',
  LAPSE_EVENTSTOREDB_PORT: 'eventstoredbPort',
  LAPSE_EVENTSTOREDB_HOST: 'eventstoredbHost',
  LAPSE_EVENTSTOREDB_TLS_CERT: 'eventstoredbTlsCert',
  LAPSE_EVENTSTOREDB_TLS_KEY: 'eventstoredbTlsKey',
  LAPSE_EVENTSTOREDB_USERS: 'eventstoredbUsers',
  LAPSE_EVENTSTOREDB_ALLOW_ANYONE: 'eventstoredbAllowAnyone',
  LAPSE_CLOSE_GRACE_MS: 'closeGraceMs',
  LAPSE_CLOCK_SKEW_MS: 'clockSkewMs',
  LAPSE_NEW_MERCHANTS: 'newMerchants',
  LAPSE_SWEEP_INTERVAL_MS: 'sweepIntervalMs',
  LAPSE_STANDBY_DELAY_MS: 'standbyDelayMs',
  LAPSE_STREAM_PREFIX: 'streamPrefix',
};
/** Read elsewhere. */
const otherVariables = new Set(['LAPSE_PORT', 'LAPSE_HOST', 'LAPSE_LOG_LEVEL', 'LAPSE_SEED', 'LAPSE_ESDB_URL']);

/** The engine's settings from the environment and the flags of this call, checked once. A misspelt `LAPSE_…` is refused. */
export const readConfig = (io: Pick<Io, 'env'>, flags: Partial<Record<keyof EngineConfig, unknown>>): EngineConfig => {
  const given: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(io.env)) {
    if (!name.startsWith('LAPSE_') || value === undefined || otherVariables.has(name)) continue;
    const setting = variables[name];
    if (setting === undefined)
      throw usageError(`${name} is no setting of Lapse; it knows ${Object.keys(variables).join(', ')}`);
    given[setting] = value;
  }
  for (const [name, value] of Object.entries(flags)) if (value !== undefined) given[name] = value;
  const parsed = engineConfig.safeParse(given);
  if (parsed.success) return parsed.data;
  throw usageError(`the configuration is not valid: ${firstIssue(parsed.error)}`);
};

/** For a verb that only borrows the engine: `serve` alone serves the log to others, whatever the environment says. */
export const withoutGateway = (config: EngineConfig): EngineConfig => ({ ...config, eventstoredbPort: undefined });
