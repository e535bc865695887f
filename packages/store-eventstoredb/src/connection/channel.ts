import { Client, Metadata, type ChannelCredentials, type ChannelOptions } from '@grpc/grpc-js';
import type { Address } from '../wire/failure.js';
import { authorizationOf, channelCredentialsOf } from './credentials.js';
import type { ConnectionSettings } from './connection-string.js';

/** As the official client has it: an append of 16 MiB and its frame. */
const RECEIVE_BYTES_MAX = 17 * 1024 * 1024;
const RECONNECT_BACKOFF_MS = { first: 100, max: 1000 };
const KEEP_ALIVE_VARIANTS = 1000;

/** Makes connections to one node or another, all with the same security and name. */
export class ChannelFactory {
  private readonly security: ChannelCredentials;
  private readonly authorization: string | undefined;
  private made = 0;

  /** Reads the certificate files; throws `BadConnectionString`. */
  constructor(readonly settings: ConnectionSettings) {
    this.security = channelCredentialsOf(settings);
    this.authorization = authorizationOf(settings);
  }

  /** A connection of its own: nothing is sent before the first call. */
  open(address: Address): Client {
    const host = address.host.includes(':') ? `[${address.host}]` : address.host;
    return new Client(`${host}:${address.port}`, this.security, this.options());
  }

  /** The headers of every call. */
  metadata(requiresLeader: boolean): Metadata {
    const metadata = new Metadata();
    if (this.settings.connectionName !== undefined) metadata.set('connection-name', this.settings.connectionName);
    if (requiresLeader) metadata.set('requires-leader', 'true');
    if (this.authorization !== undefined) metadata.set('authorization', this.authorization);
    return metadata;
  }

  /**
   * grpc-js shares one socket between channels with equal settings, in the whole process, dead sockets included. A pool of its
   * own and a keepalive interval that no other connection has make each channel a new socket.
   */
  private options(): ChannelOptions {
    const { keepAliveIntervalMs, keepAliveTimeoutMs } = this.settings;
    this.made += 1;
    const keepAlive =
      keepAliveIntervalMs < 0
        ? {}
        : {
            'grpc.keepalive_time_ms': keepAliveIntervalMs + (this.made % KEEP_ALIVE_VARIANTS),
            ...(keepAliveTimeoutMs < 0 ? {} : { 'grpc.keepalive_timeout_ms': keepAliveTimeoutMs }),
          };
    return {
      ...keepAlive,
      'grpc.use_local_subchannel_pool': 1,
      'grpc.max_receive_message_length': RECEIVE_BYTES_MAX,
      'grpc.max_send_message_length': -1,
      'grpc.enable_retries': 0,
      'grpc.service_config_disable_resolution': 1,
      'grpc.initial_reconnect_backoff_ms': RECONNECT_BACKOFF_MS.first,
      'grpc.max_reconnect_backoff_ms': RECONNECT_BACKOFF_MS.max,
    };
  }
}
