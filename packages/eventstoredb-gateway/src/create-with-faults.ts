import { Access } from './access.js';
import { Deadlines } from './append/deadlines.js';
import { InFlight } from './append/in-flight.js';
import { PROTOCOL_VERSION, reachedAt } from './calls/info-calls.js';
import { Closing } from './calls/closing.js';
import { OpenCalls, type CallTools } from './calls/tools.js';
import type { Core } from './core.js';
import type { Faults } from './faults.js';
import { randomUuid } from './ids.js';
import { DEFAULT_GATEWAY_LIMITS, type GatewayLimits } from './limits.js';
import type { Gateway, GatewayOptions } from './options.js';
import { LiveTail } from './read/live-tail.js';
import { grpcServer, listenerFor } from './server/grpc-server.js';
import { shutDown } from './server/shut-down.js';
import { markFirstServed } from './streams/first-served.js';
import { PendingIds } from './streams/pending-ids.js';
import { RecentIds } from './streams/recent-ids.js';
import { StreamLocks } from './streams/stream-locks.js';
import { StreamStates } from './streams/stream-states.js';

const createCore = async (options: GatewayOptions, limits: GatewayLimits): Promise<Core> => {
  const { store, isProtected, random, sleep, log = () => undefined } = options;
  const states = new StreamStates(store, isProtected, limits.streamStatesMax);
  const tail = new LiveTail({
    store,
    after: await store.headPosition(),
    random,
    sleep,
    onTrouble: ({ error }) => log({ level: 'warn', message: 'the live tail broke off and is opened again', error }),
    onMetadata: (subject) => states.forget(subject),
  });
  return {
    store,
    positionToNumber: options.positionToNumber,
    positionFromNumber: options.positionFromNumber,
    nowMs: options.nowMs,
    random,
    limits,
    log,
    isProtected,
    states,
    locks: new StreamLocks(),
    recentIds: new RecentIds(limits.recentIdsBytesMax),
    pendingIds: new PendingIds(),
    tail,
  };
};

/** `createGateway` for tests, which may decide about single answers. */
export const createGatewayWithFaults = async (options: GatewayOptions, faults: Faults): Promise<Gateway> => {
  const limits = { ...DEFAULT_GATEWAY_LIMITS, ...options.limits };
  // A log that cannot be written can still be read by clients.
  await markFirstServed(options.store, PROTOCOL_VERSION).catch((error: unknown) =>
    options.log?.({ level: 'warn', message: 'the log was not marked as served', error }),
  );
  const core = await createCore(options, limits);
  const closing = new Closing();
  const inFlight = new InFlight(limits);
  const openCalls = new OpenCalls();
  const deadlines = new Deadlines({ nowMs: options.nowMs, sleep: options.sleep, checkMs: limits.deadlineCheckMs });
  const access = new Access(options.authorize, options.isProtected);
  const tools: CallTools = { core, access, faults, inFlight, deadlines, openCalls, closing };
  const address = { host: options.host, port: options.port };
  const server = grpcServer(tools, {
    instanceId: randomUuid(options.random),
    addressFor: (authority) => options.advertised ?? reachedAt(authority) ?? address,
  });
  const listener = listenerFor(server, options.tls, limits.connectionsMax);
  address.port = await listener.listen(address.host, address.port);
  const tail = core.tail.run();
  let closed: Promise<void> | undefined;
  return {
    address,
    stats: () => ({
      readsOpen: openCalls.reads,
      batchCallsOpen: openCalls.batches,
      appendsInFlight: inFlight.appends,
      waitingBytes: inFlight.bytes,
    }),
    close: () => {
      closed ??= shutDown(
        { server, listener, closing, inFlight, deadlines, tail: core.tail, tailDone: tail },
        options,
        limits,
      );
      return closed;
    },
  };
};
