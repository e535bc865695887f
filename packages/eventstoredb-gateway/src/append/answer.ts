/** How an append ended that was judged; whatever is not judged (no access, too large, no time) is a failure. */
export type AppendAnswer =
  | {
      readonly kind: 'success';
      /** The revision of this append's last event; of an empty append the stream's own, -1 for none. */
      readonly currentRevision: number;
      /** Absent for an empty append, and for a repeat whose events are hidden by now. */
      readonly position: number | undefined;
    }
  | { readonly kind: 'wrong-expected-version'; readonly actual: number }
  | { readonly kind: 'stream-deleted' };
