import type { Server } from '@grpc/grpc-js';
import type { Deadlines } from '../append/deadlines.js';
import type { InFlight } from '../append/in-flight.js';
import type { Closing } from '../calls/closing.js';
import type { GatewayOptions } from '../options.js';
import type { Listener } from './listener.js';
import type { LiveTail } from '../read/live-tail.js';

interface Parts {
  readonly server: Server;
  readonly listener: Listener;
  readonly closing: Closing;
  readonly inFlight: InFlight;
  readonly deadlines: Deadlines;
  readonly tail: LiveTail;
  readonly tailDone: Promise<void>;
}

/** How long clients have to take their last answers. */
const LAST_ANSWERS_MS = 250;

/**
 * New calls and all reads end with `UNAVAILABLE` at once, appends under way are waited for, then the connections go: a
 * client that asks again finds either its answer in the log or another server.
 */
export const shutDown = async (
  { server, listener, closing, inFlight, deadlines, tail, tailDone }: Parts,
  { sleep }: Pick<GatewayOptions, 'sleep'>,
  { closeGraceMs }: { readonly closeGraceMs: number },
): Promise<void> => {
  closing.close();
  tail.stop();
  const stopped = listener.stop();
  await within(sleep, closeGraceMs, inFlight.whenIdle());
  const ended = new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
  await within(sleep, LAST_ANSWERS_MS, ended);
  server.forceShutdown();
  listener.destroyConnections();
  deadlines.stop();
  await Promise.all([tailDone, stopped]);
};

const within = async (sleep: GatewayOptions['sleep'], ms: number, work: Promise<void>): Promise<void> => {
  const done = new AbortController();
  await Promise.race([work, sleep(ms, done.signal).catch(() => undefined)]);
  done.abort();
};
