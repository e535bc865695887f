import type { Server } from '@grpc/grpc-js';
import type { Settings } from 'node:http2';

/** What a node tells its clients when they connect. */
const NODE_WINDOW_BYTES = 786_432;
const NODE_HEADER_BYTES_MAX = 32_768;

/**
 * Sets what grpc-js has no option for. It keeps the options of its HTTP/2 servers in a field of its own and copies them when
 * it binds; where a later version has no such field, connections have HTTP/2's own defaults, which only makes them slower.
 */
export const useNodeSettings = (server: Server, callsPerConnectionMax: number): void => {
  const { commonServerOptions } = server as unknown as { commonServerOptions?: { settings?: Settings } };
  if (commonServerOptions === undefined) return;
  commonServerOptions.settings = {
    maxConcurrentStreams: callsPerConnectionMax,
    initialWindowSize: NODE_WINDOW_BYTES,
    maxHeaderListSize: NODE_HEADER_BYTES_MAX,
  };
};
