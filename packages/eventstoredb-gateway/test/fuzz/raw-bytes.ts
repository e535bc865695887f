import { connect } from 'node:net';
import fc from 'fast-check';

/** Bytes on a connection that is hardly HTTP/2: the preface and frames with faults in them. */
export type RawBytes = readonly Uint8Array[];

const frame = (type: number, flags: number, stream: number, payload: Uint8Array, length = payload.length): Buffer => {
  const head = Buffer.alloc(9);
  head.writeUIntBE(length % 2 ** 24, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
};

const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
/** `:method POST`, `:scheme http`, `:path /`, as HPACK's own table has them. */
const HEADERS = Buffer.from([0x83, 0x86, 0x84]);

const oddFrame: fc.Arbitrary<Uint8Array> = fc
  .record({
    type: fc.oneof(fc.integer({ min: 0, max: 10 }), fc.integer({ min: 0, max: 255 })),
    flags: fc.integer({ min: 0, max: 255 }),
    stream: fc.oneof(fc.constantFrom(0, 1, 2, 3, 5, 2 ** 31 - 1, 2 ** 32 - 1), fc.nat({ max: 40 })),
    payload: fc.oneof(fc.constant(new Uint8Array(HEADERS)), fc.uint8Array({ maxLength: 40 })),
    lie: fc.option(fc.constantFrom(0, 1, 16_384, 16_385, 2 ** 24 - 1), { freq: 6, nil: undefined }),
  })
  .map(({ type, flags, stream, payload, lie }) => new Uint8Array(frame(type, flags, stream, payload, lie)));

export const rawBytes: fc.Arbitrary<RawBytes> = fc
  .tuple(
    fc.oneof(
      {
        weight: 6,
        arbitrary: fc.constant([new Uint8Array(PREFACE), new Uint8Array(frame(4, 0, 0, new Uint8Array()))]),
      },
      { weight: 1, arbitrary: fc.constant([new Uint8Array(PREFACE)]) },
      { weight: 1, arbitrary: fc.constant([] as Uint8Array[]) },
      { weight: 1, arbitrary: fc.constant([new Uint8Array(Buffer.from('GET / HTTP/1.1\r\nhost: x\r\n\r\n'))]) },
    ),
    fc.array(fc.oneof({ weight: 4, arbitrary: oddFrame }, fc.uint8Array({ maxLength: 60 })), { maxLength: 8 }),
  )
  .map((parts) => parts.flat());

/** A connection with its session broken is kept until its silence is noticed: this side does not wait for that. */
const PATIENCE_MS = 50;

/** Sends them, ends its side, and is gone soon after if the other has not ended too. */
export const sendRaw = (port: number, bytes: RawBytes): Promise<'ended' | 'left early'> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const timer = setTimeout(() => {
      socket.destroy();
      resolve('left early');
    }, PATIENCE_MS);
    socket.on('error', () => undefined);
    socket.on('data', () => undefined);
    socket.on('close', () => {
      clearTimeout(timer);
      resolve('ended');
    });
    socket.end(Buffer.concat(bytes));
  });
