/** Of grpc-js's own: which of its calls stands behind one that a handler is given, on which stream of HTTP/2. */
interface Behind {
  readonly call?: { readonly stream?: { readonly writableEnded?: boolean } };
}

/**
 * Whether an answer can still be written. grpc-js ends a call by itself when its deadline has passed or a message of it cannot
 * be read, and tells the handler only once that end is sent; whatever is written in between takes the place of the end, and the
 * client waits for ever. Where a later version keeps its stream elsewhere, calls end as if nobody had looked.
 */
export const isAnswerable = (call: object): boolean => (call as Behind).call?.stream?.writableEnded !== true;
