/** A promise that a world does not keep. */
export interface Violation {
  readonly promise:
    | 'one-close'
    | 'close-last'
    | 'close-right'
    | 'close-early'
    | 'close-missing'
    | 'pin-missing'
    | 'pin-right'
    | 'pin-raced'
    | 'acknowledged-once'
    | 'acknowledged-order'
    | 'ids-unique'
    | 'successor-whole'
    | 'config-once';
  /** The session's stream, or `merchant-<id>`. */
  readonly stream: string;
  readonly what: string;
}
