const BITS = 2 ** 23;

/**
 * Which keys may have a row in the file, for a table that was empty at the start: a rebuild would otherwise ask the file for
 * each of its rows before it writes it. A megabyte, however many keys; it may err on the side of asking.
 */
export class MaybeWritten {
  private readonly bits = new Uint8Array(BITS / 8);

  add(key: string): void {
    const [first, second] = placesOf(key);
    this.bits[first >>> 3]! |= 1 << (first & 7);
    this.bits[second >>> 3]! |= 1 << (second & 7);
  }

  /** False: certainly not. */
  has(key: string): boolean {
    const [first, second] = placesOf(key);
    return (
      (this.bits[first >>> 3]! & (1 << (first & 7))) !== 0 && (this.bits[second >>> 3]! & (1 << (second & 7))) !== 0
    );
  }
}

/** Two places of one FNV hash. */
const placesOf = (key: string): readonly [number, number] => {
  let hash = 0x811c9dc5;
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
  const mixed = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return [(hash >>> 0) % BITS, ((mixed ^ (mixed >>> 13)) >>> 0) % BITS];
};
