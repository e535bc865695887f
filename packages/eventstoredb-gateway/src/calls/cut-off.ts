/** Of grpc-js's own: how far the reader of a call's bytes has come. */
interface Behind {
  readonly call?: { readonly decoder?: { readonly readState?: number } };
}

const BETWEEN_MESSAGES = 0;

/**
 * Whether the bytes of a call have ended in the middle of a message. grpc-js hands on what was whole before and then an
 * ordinary end: an append would be stored without its last event. Where a later version keeps its reader elsewhere, a call
 * that was cut off counts as whole.
 */
export const isCutOff = (call: object): boolean =>
  ((call as Behind).call?.decoder?.readState ?? BETWEEN_MESSAGES) !== BETWEEN_MESSAGES;
