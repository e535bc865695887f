import {
  connect,
  constants,
  type ClientHttp2Session,
  type ClientHttp2Stream,
  type IncomingHttpHeaders,
} from 'node:http2';
import { frameBytes, type Call } from './calls.js';

/** How a call ended, as it is on the wire. */
export interface CallEnd {
  readonly httpStatus: number | undefined;
  readonly grpcStatus: number | undefined;
  readonly grpcMessage: string;
  /** Messages that came before the end. */
  readonly messages: readonly Buffer[];
  /** Why this side stopped listening before the other had ended: it had seen enough, or had said that it would. */
  readonly leftEarly: boolean;
}

const SESSIONS_MAX = 4;
/** A read of everything, or a subscription, is left after so much. */
const BYTES_SEEN_MAX = 100_000;

/** Calls over HTTP/2 in which every byte of the request is the caller's own. */
export class CallClient {
  private readonly sessions: (ClientHttp2Session | undefined)[] = [];
  private next = 0;

  constructor(private readonly port: number) {}

  /** Rejects after `withinMs`. `enoughMessages`: after so many of them the call is left. */
  async call(call: Call, enoughMessages: number, withinMs: number): Promise<CallEnd> {
    const session = call.then === 'break' ? this.connect() : this.session();
    const stream = session.request(
      { ':method': 'POST', ':path': call.path, 'content-type': 'application/grpc', te: 'trailers', ...call.headers },
      { endStream: false },
    );
    const ended = this.endOf(stream, call, enoughMessages, withinMs);
    send(stream, call);
    if (call.then === 'break') setImmediate(() => session.destroy());
    return ended;
  }

  close(): void {
    for (const session of this.sessions.splice(0)) session?.destroy();
  }

  private session(): ClientHttp2Session {
    this.next = (this.next + 1) % SESSIONS_MAX;
    const known = this.sessions[this.next];
    if (known !== undefined && !known.closed && !known.destroyed) return known;
    return (this.sessions[this.next] = this.connect());
  }

  private connect(): ClientHttp2Session {
    const session = connect(`http://127.0.0.1:${this.port}`);
    session.on('error', () => undefined);
    return session;
  }

  private endOf(stream: ClientHttp2Stream, call: Call, enough: number, withinMs: number): Promise<CallEnd> {
    return new Promise((resolve, reject) => {
      let headers: IncomingHttpHeaders = {};
      let trailers: IncomingHttpHeaders = {};
      let received = Buffer.alloc(0);
      let leftEarly = call.then !== 'end';
      const messages: Buffer[] = [];
      const timer = setTimeout(() => {
        stream.close(constants.NGHTTP2_CANCEL);
        reject(
          new Error(
            `${call.path} did not end within ${withinMs} ms: ${JSON.stringify({ headers, messages: messages.length, state: stream.state })}`,
          ),
        );
      }, withinMs);
      stream.on('response', (got) => (headers = got));
      stream.on('trailers', (got) => (trailers = got));
      stream.on('data', (chunk: Buffer) => {
        received = Buffer.concat([received, chunk]);
        for (let length = lengthOf(received); length !== undefined; length = lengthOf(received)) {
          messages.push(received.subarray(5, length));
          received = received.subarray(length);
        }
        if (messages.length < enough && messages.reduce((sum, one) => sum + one.length, 0) < BYTES_SEEN_MAX) return;
        leftEarly = true;
        stream.close(constants.NGHTTP2_CANCEL);
      });
      stream.on('error', () => undefined);
      stream.on('close', () => {
        clearTimeout(timer);
        const status = trailers['grpc-status'] ?? headers['grpc-status'];
        const message = trailers['grpc-message'] ?? headers['grpc-message'] ?? '';
        resolve({
          httpStatus: (headers as { ':status'?: number })[':status'],
          grpcStatus: status === undefined ? undefined : Number(status),
          grpcMessage: decodeURIComponent(String(message)),
          messages,
          leftEarly,
        });
      });
    });
  }
}

const lengthOf = (bytes: Buffer): number | undefined => {
  if (bytes.length < 5) return undefined;
  const length = 5 + bytes.readUInt32BE(1);
  return bytes.length < length ? undefined : length;
};

const send = (stream: ClientHttp2Stream, { frames, then, pieceBytes }: Call): void => {
  const bytes = Buffer.concat(frames.map(frameBytes));
  const sent = then === 'reset' ? bytes.subarray(0, Math.ceil(bytes.length / 2)) : bytes;
  for (let at = 0; at < sent.length; at += pieceBytes) stream.write(sent.subarray(at, at + pieceBytes));
  if (then !== 'reset') stream.end();
  if (then === 'reset' || then === 'end-and-reset') setImmediate(() => stream.close(constants.NGHTTP2_CANCEL));
};
