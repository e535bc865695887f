import { connect, type Socket } from 'node:net';

const DATA = 0;
const HEADERS = 1;
const RST_STREAM = 3;
const SETTINGS = 4;
const END_STREAM = 1;
const END_HEADERS = 4;
const CANCEL = 8;

const frame = (type: number, flags: number, stream: number, payload: Uint8Array = new Uint8Array()): Buffer => {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
};

/** Literal, never indexed, without Huffman's code: what every peer must take. */
const header = (name: string, value: string): Buffer =>
  Buffer.concat([Buffer.from([0, name.length]), Buffer.from(name), Buffer.from([value.length]), Buffer.from(value)]);

const grpcMessage = (message: Uint8Array): Buffer => {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
};

const begin = (stream: number, path: string): Buffer =>
  frame(
    HEADERS,
    END_HEADERS,
    stream,
    Buffer.concat(
      Object.entries({
        ':method': 'POST',
        ':scheme': 'http',
        ':path': path,
        ':authority': 'localhost',
        'content-type': 'application/grpc',
        te: 'trailers',
      }).map(([name, value]) => header(name, value)),
    ),
  );

/** Frames of HTTP/2 written by hand: what no library lets its user decide, such as which of them share a packet. */
export const frameClient = async (port: number) => {
  const socket: Socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  await new Promise<void>((resolve) => socket.once('connect', () => resolve()));
  socket.write(Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), frame(SETTINGS, 0, 0)]));
  let stream = -1;
  return {
    /** A call's beginning and some of its messages, in one packet with whatever shall follow them. */
    send: (path: string, messages: readonly Uint8Array[], then: 'nothing' | 'reset' | 'end-and-reset'): void => {
      stream += 2;
      const frames = [begin(stream, path), ...messages.map((message) => frame(DATA, 0, stream, grpcMessage(message)))];
      if (then === 'end-and-reset') frames.push(frame(DATA, END_STREAM, stream));
      if (then !== 'nothing') frames.push(frame(RST_STREAM, 0, stream, Buffer.from([0, 0, 0, CANCEL])));
      socket.write(Buffer.concat(frames));
    },
    breakOff: (): void => void socket.resetAndDestroy(),
  };
};
