import { openEngine, type Engine, type EngineConfig } from '@lapse/engine';
import { createServer, type LapseServer } from '@lapse/server';
import { pino, type Logger } from 'pino';
import { CliError } from '../cli-error.js';
import { setTimer, type Io } from '../io.js';

/** An engine with its HTTP side, in this process. */
export interface Local {
  readonly engine: Engine;
  readonly server: LapseServer;
  readonly url: string;
  close(): Promise<void>;
}

export interface LocalOptions {
  readonly config: EngineConfig;
  readonly sweeps: boolean;
  readonly host?: string;
  /** 0: any free one. */
  readonly port: number;
  readonly logger: Logger;
}

/** Opens the folder and listens; whatever fails, what was opened before is closed again. */
export const openLocal = async (io: Io, options: LocalOptions): Promise<Local> => {
  const { config, sweeps, host, port, logger } = options;
  const { nowMs, random } = io;
  const log = ({ level, what, message }: { level: 'info' | 'warn' | 'error'; what: string; message: string }): void =>
    logger[level]({ what }, message);
  const engine = await openEngine({ config, nowMs, random, setTimer, log, sweeps });
  const server = createServer({
    commands: engine.commands,
    views: engine.projections,
    timeouts: engine.timeouts,
    ready: () => engine.readiness(),
    settings: config,
    nowMs,
    logger,
  });
  const close = async (): Promise<void> => {
    await server.close();
    await engine.close();
  };
  try {
    const { url } = await server.listen({ host, port });
    return { engine, server, url, close };
  } catch (error) {
    await close();
    throw cannotListen(host, port, error);
  }
};

/** A name that nobody knows, an address of another machine, a port that is taken: the system says which. */
const cannotListen = (host: string | undefined, port: number, cause: unknown): CliError => {
  const why = String((cause as Partial<Error> | undefined)?.message ?? cause);
  const message = `cannot listen on ${host ?? '127.0.0.1'} port ${port}: ${why}; name another with --host or --port`;
  return new CliError('cannot-listen', message, undefined, { cause });
};

/** For a verb that only borrows the HTTP side: what it has to say comes as an answer. */
export const quietLogger = (): Logger => pino({ level: 'silent' });
