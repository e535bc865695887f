const CHUNK_BYTES = 256 * 1024;
/** Longer ones get memory of their own, so that a chunk is never left half empty for one of them. */
const SHARED_BYTES_MAX = 16 * 1024;
const NO_BYTES = new Uint8Array(0);

/**
 * Copies of what callers hand in, for as long as it waits: many small ones side by side in one chunk of memory, because a
 * buffer of its own for each costs more than the rest of an append.
 */
export class ByteArena {
  private chunk = new Uint8Array(CHUNK_BYTES);
  private used = 0;

  copy(bytes: Uint8Array): Uint8Array {
    const length = bytes.byteLength;
    if (length === 0) return NO_BYTES;
    if (length > SHARED_BYTES_MAX) return new Uint8Array(bytes);
    if (this.used + length > CHUNK_BYTES) {
      this.chunk = new Uint8Array(CHUNK_BYTES);
      this.used = 0;
    }
    const from = this.used;
    this.used += length;
    this.chunk.set(bytes, from);
    return this.chunk.subarray(from, this.used);
  }

  /** Nobody needs a copy any more. */
  reset(): void {
    this.used = 0;
  }
}
