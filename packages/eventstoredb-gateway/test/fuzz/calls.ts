import fc from 'fast-check';
import cluster from '@eventstore/db-client/generated/cluster_grpc_pb.js';
import gossip from '@eventstore/db-client/generated/gossip_grpc_pb.js';
import monitoring from '@eventstore/db-client/generated/monitoring_grpc_pb.js';
import operations from '@eventstore/db-client/generated/operations_grpc_pb.js';
import persistent from '@eventstore/db-client/generated/persistent_grpc_pb.js';
import projections from '@eventstore/db-client/generated/projections_grpc_pb.js';
import features from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js';
import streams from '@eventstore/db-client/generated/streams_grpc_pb.js';
import users from '@eventstore/db-client/generated/users_grpc_pb.js';
import { fieldsOf } from './messages.js';
import type { MessageClass } from './shapes.js';
import { change, changed, written } from './wire-node.js';

/** A method of the shipped definitions, offered or not. */
export interface Method {
  readonly path: string;
  readonly requestStream: boolean;
  readonly responseStream: boolean;
  readonly requestType: MessageClass;
  readonly responseType: MessageClass;
}

const definitions = [cluster, gossip, monitoring, operations, persistent, projections, features, streams, users];

export const methods: readonly Method[] = definitions.flatMap((definition) =>
  Object.values(definition as unknown as Record<string, Record<string, Method>>).flatMap((service) =>
    typeof service === 'object' ? Object.values(service) : [],
  ),
);

/** One message as it goes over the wire: five bytes of frame, then the message, either of them not always as it should be. */
export interface Frame {
  /** The message's bytes. */
  readonly hex: string;
  readonly fault: 'none' | 'compressed' | 'flag' | 'long' | 'short' | 'huge' | 'cut';
}

/** One call, as plain data: printed and played again it is the same. */
export interface Call {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly frames: readonly Frame[];
  /** `end`: in order; `reset`: in the middle of its bytes; `end-and-reset`: both at once; `break`: with its connection. */
  readonly then: 'end' | 'reset' | 'end-and-reset' | 'break';
  /** How many bytes go out at a time. */
  readonly pieceBytes: number;
}

const OFFERED = /streams\.Streams|client\.gossip|ServerFeatures/;
export const isOffered = (path: string): boolean => methods.some((one) => one.path === path) && OFFERED.test(path);
const MESSAGES_MAX = 4;

const flipped = (bytes: Buffer, { at, by }: { at: number; by: number }): Buffer => {
  const copy = Buffer.from(bytes);
  if (copy.length > 0) copy[at % copy.length]! ^= by;
  return copy;
};

const messageOf = (method: Method, prefer: 'first' | 'last' | undefined): fc.Arbitrary<Uint8Array> =>
  fc
    .tuple(
      fieldsOf(method.requestType, 0, prefer),
      rarely(fc.array(change, { minLength: 1, maxLength: 3 }), 3, []),
      rarely(
        fc.array(fc.record({ at: fc.nat({ max: 500 }), by: fc.integer({ min: 1, max: 255 }) }), { maxLength: 3 }),
        10,
        [],
      ),
      rarely(fc.uint8Array({ maxLength: 60 }), 40, undefined as Uint8Array | undefined),
    )
    .map(([fields, changes, flips, noise]) => {
      if (noise !== undefined) return noise;
      return flips.reduce(flipped, written(changes.reduce(changed, fields)));
    });

const rarely = <T>(value: fc.Arbitrary<T>, oneIn: number, otherwise: T): fc.Arbitrary<T> =>
  fc.oneof({ weight: 1, arbitrary: value }, { weight: oneIn - 1, arbitrary: fc.constant(otherwise) });

const fault = rarely(
  fc.constantFrom<Frame['fault'][]>('compressed', 'flag', 'long', 'short', 'huge', 'cut'),
  15,
  'none' as const,
);

const framesOf = (method: Method): fc.Arbitrary<readonly Frame[]> => {
  const frame = (prefer?: 'first' | 'last'): fc.Arbitrary<Frame> =>
    fc.record({ hex: messageOf(method, prefer).map((bytes) => Buffer.from(bytes).toString('hex')), fault });
  if (!method.requestStream)
    return rarely(fc.array(frame(), { maxLength: 3 }), 12, undefined as Frame[] | undefined).chain((odd) =>
      odd === undefined ? frame().map((one) => [one]) : fc.constant(odd),
    );
  return fc
    .tuple(frame('first'), fc.array(frame('last'), { maxLength: MESSAGES_MAX }))
    .map(([first, rest]) => [first, ...rest]);
};

const oddHeaders: fc.Arbitrary<Readonly<Record<string, string>>> = fc.constantFrom(
  ...['application/json', '', 'application/grpc+json', 'application/grpc-web', 'text/plain'].map((type) => ({
    'content-type': type,
  })),
  ...['1n', '0S', '99999999H', 'abc', '-1S', '5m'].map((timeout) => ({ 'grpc-timeout': timeout })),
  ...['gzip', 'deflate', 'identity', 'x'].map((encoding) => ({ 'grpc-encoding': encoding })),
  ...['Basic ////', 'Basic', 'Bearer x', `Basic ${'A'.repeat(5_000)}`].map((authorization) => ({ authorization })),
  ...['GET', 'PUT', 'OPTIONS'].map((method) => ({ ':method': method })),
  { 'user-agent': '' },
  { 'x-bin': '%%%' },
  { 'grpc-accept-encoding': 'x,,,' },
  { 'requires-leader': 'maybe' },
  { 'x-long': 'y'.repeat(20_000) },
);
const oddPath = fc.constantFrom(
  '/',
  '//',
  '/x',
  '/event_store.client.streams.Streams',
  '/event_store.client.streams.Streams/',
  '/%2e',
  '*',
);

const callTo = (method: Method): fc.Arbitrary<Call> =>
  fc.record({
    path: rarely(oddPath, 60, method.path),
    headers: rarely(oddHeaders, 15, {}),
    frames: framesOf(method),
    then: fc.oneof(
      { weight: 24, arbitrary: fc.constant('end' as const) },
      { weight: 3, arbitrary: fc.constantFrom('reset' as const, 'end-and-reset' as const) },
      { weight: 1, arbitrary: fc.constant('break' as const) },
    ),
    pieceBytes: fc.constantFrom(1_000_000, 1_000_000, 1_000_000, 1_000, 40, 5),
  });

/** A few calls that are made side by side. Methods that do something come more often than those that are not offered. */
export const calls: fc.Arbitrary<readonly Call[]> = fc.array(
  fc.oneof(...methods.map((method) => ({ weight: OFFERED.test(method.path) ? 20 : 1, arbitrary: callTo(method) }))),
  { minLength: 1, maxLength: 16, size: 'max' },
);

const FRAME_BYTES = 5;

/** The bytes of a frame, with its fault. */
export const frameBytes = ({ hex, fault }: Frame): Buffer => {
  const message = Buffer.from(hex, 'hex');
  const head = Buffer.alloc(FRAME_BYTES);
  const lengths: Partial<Record<Frame['fault'], number>> = {
    long: message.length + 7,
    short: Math.max(0, message.length - 2),
    huge: 0xffff_ffff,
  };
  head.writeUInt8(fault === 'compressed' ? 1 : fault === 'flag' ? 0x7f : 0);
  head.writeUInt32BE(lengths[fault] ?? message.length, 1);
  const whole = Buffer.concat([head, message]);
  return fault === 'cut' ? whole.subarray(0, Math.floor(whole.length / 2)) : whole;
};
