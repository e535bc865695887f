import { existsSync } from 'node:fs';
import { CliError } from '../cli-error.js';
import { readConfig, withoutGateway } from '../config.js';
import type { Io } from '../io.js';
import { httpService, type Service } from './http.js';
import { openLocal, quietLogger } from './local.js';
import { findRunning } from './running.js';

const CATCH_UP_MS = 120_000;

/**
 * Lets a verb ask Lapse: the server that keeps the data folder where one runs, otherwise this process for as long as the
 * verb takes. Either way it is the same HTTP, the same checks and the same answers. Nothing is closed by the clock meanwhile.
 */
export const withService = async <T>(
  io: Io,
  flags: { readonly dataDir?: string; readonly store?: string },
  use: (service: Service) => Promise<T>,
): Promise<T> => {
  const config = withoutGateway(readConfig(io, { dataDir: flags.dataDir, store: flags.store }));
  const running = await findRunning(config.dataDir);
  if (running !== undefined) return use(httpService(running.url));
  if (config.store === undefined && !existsSync(config.dataDir)) {
    const what = `there is no data folder ${config.dataDir}`;
    throw new CliError('no-data-folder', `${what}: name one with --data-dir, or start one with: lapse serve`);
  }
  const local = await openLocal(io, { config, sweeps: false, port: 0, logger: quietLogger() });
  try {
    await local.engine.caughtUp(CATCH_UP_MS);
    return await use(httpService(local.url));
  } finally {
    await local.close();
  }
};
