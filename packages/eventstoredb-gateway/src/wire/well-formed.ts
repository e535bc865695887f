/** Which fields of a message are messages themselves, by number; everything else in it is a value. */
interface Messages {
  readonly [field: number]: Messages;
}

const EMPTY: Messages = {};
const STREAM: Messages = EMPTY;
const UUID: Messages = { 1: EMPTY };
/** Their maps have entries that are messages too. */
const PROPOSED: Messages = { 1: UUID, 2: EMPTY };
const EXPECTED: Messages = { 1: STREAM, 3: EMPTY, 4: EMPTY, 5: EMPTY };
const EXPRESSION: Messages = EMPTY;

export const MESSAGES = {
  empty: EMPTY,
  append: { 1: EXPECTED, 2: PROPOSED },
  batchAppend: { 1: UUID, 2: { ...EXPECTED, 6: EMPTY, 7: EMPTY }, 3: PROPOSED },
  delete: { 1: EXPECTED },
  read: {
    1: {
      1: { 1: STREAM, 3: EMPTY, 4: EMPTY },
      2: { 1: EMPTY, 2: EMPTY, 3: EMPTY },
      6: EMPTY,
      7: { 1: EXPRESSION, 2: EXPRESSION, 4: EMPTY },
      8: EMPTY,
      9: { 1: EMPTY, 2: EMPTY },
      10: EMPTY,
    },
  },
} as const satisfies Readonly<Record<string, Messages>>;

const VARINT = 0;
const FIXED_64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED_32 = 5;
const VARINT_BYTES_MAX = 10;

/** Reads numbers out of a message and never beyond its end. */
class Place {
  constructor(
    private readonly bytes: Uint8Array,
    private at: number,
    readonly end: number,
  ) {}

  get isAtEnd(): boolean {
    return this.at >= this.end;
  }

  /** Exact up to 2^53, which no tag and no length that fits comes near. */
  varint(): number {
    let value = 0;
    for (let i = 0, factor = 1; i < VARINT_BYTES_MAX; i += 1, factor *= 128) {
      if (this.isAtEnd) break;
      const byte = this.bytes[this.at]!;
      this.at += 1;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
    throw new Error('a number does not end');
  }

  skip(bytes: number): void {
    if (bytes > this.end - this.at) throw new Error('a length reaches beyond its message');
    this.at += bytes;
  }

  /** The message that stands here. */
  inside(bytes: number): Place {
    const start = this.at;
    this.skip(bytes);
    return new Place(this.bytes, start, this.at);
  }
}

const check = (place: Place, messages: Messages): void => {
  while (!place.isAtEnd) {
    const tag = place.varint();
    const inner = messages[Math.floor(tag / 8)];
    switch (tag % 8) {
      case VARINT:
        place.varint();
        break;
      case FIXED_64:
        place.skip(8);
        break;
      case LENGTH_DELIMITED: {
        const length = place.varint();
        if (inner === undefined) place.skip(length);
        else check(place.inside(length), inner);
        break;
      }
      case FIXED_32:
        place.skip(4);
        break;
      default:
        throw new Error('a field is of no type that is used');
    }
  }
};

/**
 * A parser that is handed well-formed bytes only. The generated ones believe a length before they look where the message
 * ends: a text that claims two gigabytes is "read" for ten seconds, in which the whole process answers nobody.
 */
export const wellFormed =
  <T>(messages: Messages, parse: (bytes: Buffer) => T) =>
  (bytes: Buffer): T => {
    check(new Place(bytes, 0, bytes.length), messages);
    return parse(bytes);
  };
