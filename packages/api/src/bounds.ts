/** Every bound that a caller can meet. */

/** Events in one append. */
export const BATCH_EVENTS_MAX = 1_000;
/** Bytes of a request's body, unless the server was told otherwise: what the store takes in one append. */
export const BODY_BYTES_MAX_DEFAULT = 1_048_576;
/** How deep a body's objects and arrays may stand in each other. The deepest that means anything has 5. */
export const BODY_DEPTH_MAX = 16;

export const PAGE_LIMIT_DEFAULT = 100;
export const PAGE_LIMIT_MAX = 1_000;

/** Complaints listed in one refusal of a request's form. */
export const COMPLAINTS_MAX = 10;

/** A position is opaque text; longer than this it is none. */
export const POSITION_CHARS_MAX = 128;
/** The opaque text that leads to a list's next page. */
export const CURSOR_CHARS_MAX = 256;
/** An `x-correlation-id` that is taken over: 1 to this many visible ASCII characters. */
export const CORRELATION_ID_CHARS_MAX = 128;
