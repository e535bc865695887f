import type { EngineConfig } from '@lapse/engine';
import { pino } from 'pino';
import { usageError } from '../cli-error.js';
import { readConfig } from '../config.js';
import type { Io } from '../io.js';
import { openLocal } from '../service/local.js';
import { announceServer, withdrawServer } from '../service/running.js';

export interface ServeFlags {
  readonly dataDir?: string;
  readonly store?: string;
  readonly eventstoredbPort?: string;
  readonly eventstoredbHost?: string;
  readonly eventstoredbTlsCert?: string;
  readonly eventstoredbTlsKey?: string;
  readonly eventstoredbUsers?: string;
  readonly eventstoredbAllowAnyone?: boolean;
  readonly host?: string;
  readonly port?: string;
  readonly newMerchants?: string;
  readonly closeGraceMs?: string;
  readonly clockSkewMs?: string;
  readonly sweepIntervalMs?: string;
  readonly standbyDelayMs?: string;
  readonly streamPrefix?: string;
  readonly logLevel?: string;
}

const PORT_DEFAULT = '7700';
const levels = ['silent', 'error', 'warn', 'info', 'debug'];

/** `lapse serve`: engine and HTTP until SIGINT or SIGTERM, then an orderly end. */
export const serveVerb = async (io: Io, flags: ServeFlags): Promise<void> => {
  const { host, port, logLevel, ...settings } = flags;
  const config = readConfig(io, settings);
  const level = logLevel ?? io.env['LAPSE_LOG_LEVEL'] ?? 'info';
  if (!levels.includes(level)) throw usageError(`--log-level must be one of ${levels.join(', ')}`);
  const logger = pino({ level }, { write: io.err });
  const address = {
    host: host ?? io.env['LAPSE_HOST'] ?? '127.0.0.1',
    port: portOf(port ?? io.env['LAPSE_PORT'] ?? PORT_DEFAULT),
  };
  const local = await openLocal(io, { config, sweeps: true, ...address, logger });
  announceServer(config.dataDir, { url: local.url, pid: process.pid });
  io.out(welcome(local.url, config.dataDir, gatewayUrl(config, local.engine.gateway?.address.port)));
  try {
    await aborted(io.signal);
  } finally {
    withdrawServer(config.dataDir, process.pid);
    io.err('stopping: finishing what is under way\n');
    await local.close();
  }
};

/** What a client on this machine connects to; from elsewhere it is the machine's name. */
const gatewayUrl = (config: EngineConfig, port: number | undefined): string | undefined => {
  const { eventstoredbHost: host, eventstoredbTlsCert: certificate, eventstoredbUsers: users } = config;
  if (port === undefined) return undefined;
  const reached = ['0.0.0.0', '::'].includes(host) ? 'localhost' : host.includes(':') ? `[${host}]` : host;
  return `esdb://${users === undefined ? '' : 'USER:PASSWORD@'}${reached}:${port}${certificate === undefined ? '?tls=false' : ''}`;
};

const welcome = (url: string, dataDir: string, gateway: string | undefined): string =>
  [
    `Lapse is up at ${url}   (data in ${dataDir})`,
    ...(gateway === undefined ? [] : [`  log       ${gateway}, for any EventStoreDB client`]),
    `  ready?    curl ${url}/readyz`,
    `  contract  ${url}/openapi.json`,
    '  try it    open a session for merchant m1, in another terminal:',
    `    curl -s ${url}/v1/sessions -H 'content-type: application/json' -d '{"merchantId":"m1","openedBy":"buyer"}'`,
    '  stop it   Ctrl-C',
    '',
  ].join('\n');

const portOf = (text: string): number => {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65_535) throw usageError(`${text} is no port: 0 (any free one) to 65535`);
  return port;
};

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
