import { createServer, type AddressInfo } from 'node:net';
import { LapseProcess, type SoftLimits } from './lapse-process.js';
import type { Tools } from './tools.js';

export interface Serve {
  readonly dataDir: string;
  readonly flags?: readonly string[];
  readonly softLimits?: SoftLimits;
}

/** A `lapse serve` that answers. */
export interface Served {
  readonly url: string;
  readonly process: LapseProcess;
}

/** Settings of whoever runs the tests are none of these processes' settings. */
const FOREIGN = /^(LAPSE_|NODE_OPTIONS|JEST_)/;

/** Starts `lapse` processes on loopback, and knows which of them still run. */
export class Fleet {
  private readonly running = new Set<LapseProcess>();

  constructor(
    private readonly main: string,
    private readonly env: Readonly<Record<string, string | undefined>>,
    private readonly tools: Tools,
  ) {}

  start(args: readonly string[], softLimits?: SoftLimits): LapseProcess {
    const env = Object.fromEntries(Object.entries(this.env).filter(([name]) => !FOREIGN.test(name)));
    const started = new LapseProcess({ main: this.main, args, env, ...(softLimits && { softLimits }) });
    this.running.add(started);
    const forget = (): boolean => this.running.delete(started);
    started.ended.then(forget, forget);
    return started;
  }

  /** Starts it; it may not answer yet, or never. */
  startServing({ dataDir, flags = [], softLimits }: Serve): LapseProcess {
    const args = ['serve', '--data-dir', dataDir, '--port', '0', '--log-level', 'warn', ...flags];
    return this.start(args, softLimits);
  }

  async answering(process: LapseProcess): Promise<Served> {
    const [, url = ''] = await process.says(/Lapse is up at (http:\/\/\S+)/, this.tools);
    return { url, process };
  }

  /** Rejects with what it said where it does not come up. */
  serve(options: Serve): Promise<Served> {
    return this.answering(this.startServing(options));
  }

  /** Ends those that still run, at once. */
  async end(): Promise<void> {
    await Promise.all([...this.running].map((process) => process.end('SIGKILL')));
  }
}

/** A port that was free a moment ago, for a server that must come back under the same one. */
export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
