const COMMA = ','.charCodeAt(0);
const MINUS = '-'.charCodeAt(0);
const ZERO = '0'.charCodeAt(0);
const NINE = '9'.charCodeAt(0);
const END = ']'.charCodeAt(0);

/**
 * Reads the numbers of JSON arrays as SQLite spells them, `[1,-2,3]`, from their bytes. Whole ones are read here, in half the time
 * that `JSON.parse` and a copy of its array take; an array with anything else in it, or too large to be exact, is left to `JSON.parse`.
 */
export class SpeltNumbers {
  /** Used again for every array: how many numbers there are is known only behind the last. */
  private found = new Float64Array(0);

  read(json: Uint8Array): Float64Array {
    const end = json.length - 1;
    // Each takes two bytes at least, the comma or the bracket behind it included.
    if (this.found.length < json.length >> 1) this.found = new Float64Array(json.length);
    const { found } = this;
    let count = 0;
    let value = 0;
    let isNegative = false;
    for (let i = 1; i <= end; i++) {
      const byte = json[i]!;
      if (byte >= ZERO && byte <= NINE) {
        value = value * 10 + (byte - ZERO);
      } else if (byte === COMMA || (byte === END && i === end)) {
        if (value > Number.MAX_SAFE_INTEGER) return parsed(json);
        found[count++] = isNegative ? -value : value;
        value = 0;
        isNegative = false;
      } else if (byte === MINUS) {
        isNegative = true;
      } else {
        return parsed(json);
      }
    }
    return found.slice(0, end > 1 ? count : 0);
  }
}

const parsed = (json: Uint8Array): Float64Array =>
  Float64Array.from(JSON.parse(Buffer.from(json).toString()) as number[]);
