import { checkStreamName, StoreError } from '@lapse/store';
import type { WireEvent } from './wire/read-messages.js';

/** Holds one event whose id names the log; no reader is ever shown it. */
const MARKER = 'lapse-store-identity';
const PREFIX_CHARS_MAX = 64;

/** Between the names that callers know and those on the server, and which events are nobody's business. */
export class Names {
  readonly marker: string;

  /** Throws `bad-stream-name` for a prefix that the server keeps for itself, or that is too long. */
  constructor(readonly prefix: string) {
    if (prefix !== '') checkStreamName(prefix, { systemNames: 'refused' });
    if (prefix.length > PREFIX_CHARS_MAX) {
      throw new StoreError(
        'bad-stream-name',
        `a stream prefix of ${prefix.length} characters, at most ${PREFIX_CHARS_MAX}`,
      );
    }
    this.marker = prefix + MARKER;
  }

  onServer(stream: string): string {
    return this.prefix + stream;
  }

  ofCaller(streamOnServer: string): string {
    return streamOnServer.slice(this.prefix.length);
  }

  /** Not the server's own (`$` streams, `$` types: metadata, links, tombstones), not another system's, not the marker. */
  isVisible({ stream, type }: WireEvent): boolean {
    if (type.startsWith('$') || stream.startsWith('$') || stream === this.marker) return false;
    return stream.length > this.prefix.length && stream.startsWith(this.prefix);
  }
}
