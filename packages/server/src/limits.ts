import { BODY_BYTES_MAX_DEFAULT, BODY_DEPTH_MAX } from '@lapse/api';
import { STREAM_NAME_CHARS_MAX } from '@lapse/store';

/** Everything that the server bounds; milliseconds, bytes, or counts, as the name says. */
export interface ServerLimits {
  readonly bodyBytesMax: number;
  /** How deep objects and arrays may stand in each other. */
  readonly bodyDepthMax: number;
  readonly headerBytesMax: number;
  /** Characters of one id or name in a path. */
  readonly pathPartCharsMax: number;
  /** A request's headers must have come by then … */
  readonly headersMs: number;
  /** … and the whole of it by then. */
  readonly requestMs: number;
  /** How long an idle connection is kept. */
  readonly keepAliveMs: number;
  /** Connections beyond are dropped. */
  readonly connectionsMax: number;
  /** Requests beyond are answered `overloaded`. */
  readonly requestsUnderWayMax: number;
  /** How long a read waits for the position it asks for. */
  readonly atLeastMs: number;
  /** How long `close` waits for what is under way before it cuts connections. */
  readonly drainMs: number;
}

export const defaultLimits: ServerLimits = {
  bodyBytesMax: BODY_BYTES_MAX_DEFAULT,
  bodyDepthMax: BODY_DEPTH_MAX,
  headerBytesMax: 16_384,
  pathPartCharsMax: STREAM_NAME_CHARS_MAX,
  headersMs: 10_000,
  requestMs: 30_000,
  keepAliveMs: 72_000,
  connectionsMax: 10_000,
  requestsUnderWayMax: 2_000,
  atLeastMs: 5_000,
  drainMs: 10_000,
};

/** How often Node looks for connections whose time has run out: no time above is overrun by more than this. */
export const CONNECTION_CHECK_MS_MAX = 1_000;
