import type { Writable } from 'node:stream';

/** Of grpc-js's own: which of its calls stands behind one that a handler is given, on which stream of HTTP/2. */
interface Behind {
  readonly call?: { readonly stream?: { readonly writableEnded?: boolean; readonly destroyed?: boolean } };
}

/**
 * Whether a call was over before its handler began, its deadline passed or its client gone while its request still came in: of
 * that grpc-js tells nobody, and a subscription would be kept for as long as the gateway runs.
 */
export const isOver = (call: object): boolean => {
  const stream = (call as Behind).call?.stream;
  return stream?.writableEnded === true || stream?.destroyed === true;
};

/**
 * Lets nothing be written behind a call's end. grpc-js ends a call by itself when its deadline has passed or a message of it
 * cannot be read, and tells the handler only once that end is sent; an answer that comes in between, or was waiting for one
 * before it to be taken, takes the place of the end, and the client waits for ever. Where a later version keeps its stream
 * elsewhere, calls go on as if nobody had looked.
 */
export const keepEnd = (call: Writable): void => {
  const write = call._write.bind(call);
  const { call: inner } = call as Behind;
  call._write = (answer, encoding, done) => {
    if (inner?.stream?.writableEnded === true) done();
    else write(answer, encoding, done);
  };
};
