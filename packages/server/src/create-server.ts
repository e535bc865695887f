import type { AddressInfo } from 'node:net';
import { createApp, type App } from './app.js';
import { Gate } from './gate.js';
import { defaultLimits } from './limits.js';
import { Metrics } from './metrics/metrics.js';
import type { ServerDependencies } from './ports.js';
import { addMetricsRoute, observeRequests } from './routes/metrics.js';
import { addRoutes } from './routes/index.js';

export interface ListenOptions {
  /** Default 127.0.0.1: nobody beyond this machine can ask until somebody decides so. */
  readonly host?: string | undefined;
  /** 0: any free one. */
  readonly port: number;
}

export interface ServerAddress {
  readonly host: string;
  readonly port: number;
  /** `http://127.0.0.1:8080` */
  readonly url: string;
}

export interface Drained {
  /** Requests that were still under way when `drainMs` had passed; their connections were cut. */
  readonly cutRequests: number;
}

export interface LapseServer {
  /** Rejects where the address cannot be had (`EADDRINUSE`, `EACCES`). */
  listen(options: ListenOptions): Promise<ServerAddress>;
  /** Stops accepting, finishes what is under way within `drainMs`, cuts the rest. Asked twice, it is one close. */
  close(): Promise<Drained>;
  /** Undefined while it does not listen. */
  readonly address: ServerAddress | undefined;
}

const LOOPBACK = '127.0.0.1';

/** The HTTP side of Lapse over the parts that it is handed. Opens no store, owns none: whoever made them closes them. */
export const createServer = (dependencies: ServerDependencies): LapseServer => {
  const limits = { ...defaultLimits, ...dependencies.limits };
  const app = createApp(dependencies.logger, limits);
  const gate = new Gate(limits);
  gate.guard(app);
  const metrics = new Metrics(dependencies);
  observeRequests(app, metrics);
  void app.register((scope, _options, done) => {
    addMetricsRoute(scope as unknown as App, metrics);
    addRoutes(scope as unknown as App, dependencies, limits);
    done();
  });
  let closing: Promise<Drained> | undefined;
  return {
    listen: async ({ host = LOOPBACK, port }) => {
      await app.listen({ host, port });
      return addressOf(app) as ServerAddress;
    },
    close: () => (closing ??= drain(app, gate, limits.drainMs)),
    get address() {
      return addressOf(app);
    },
  };
};

const drain = async (app: App, gate: Gate, drainMs: number): Promise<Drained> => {
  gate.stop();
  let cutRequests = 0;
  const cut = setTimeout(() => {
    cutRequests = gate.underWay;
    app.server.closeAllConnections();
  }, drainMs);
  try {
    await app.close();
  } finally {
    clearTimeout(cut);
  }
  return { cutRequests };
};

const addressOf = (app: App): ServerAddress | undefined => {
  const bound = app.server.address() as AddressInfo | null;
  if (bound === null) return undefined;
  const { address: host, port, family } = bound;
  return { host, port, url: `http://${family === 'IPv6' ? `[${host}]` : host}:${port}` };
};
