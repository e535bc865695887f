const VARINT = 0;
const FIXED_64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED_32 = 5;
/** Seven bytes of seven bits stay exact in a number. */
const SAFE_VARINT_BYTES = 7;
const VARINT_BYTES_MAX = 10;
const UINT64 = (1n << 64n) - 1n;

/** Bytes that are no message of the expected kind. */
class UnreadableMessage extends Error {
  override readonly name = 'UnreadableMessage';
}

/**
 * Walks over the fields of one protobuf message without building objects. Events are read by the hundred thousand: the
 * generated classes take several times as long.
 */
export class ProtoReader {
  /** The number of the field that {@link next} has found. */
  field = 0;
  private wireType = 0;

  constructor(
    private readonly bytes: Buffer,
    private at = 0,
    private readonly end = bytes.byteLength,
  ) {}

  /** Moves to the next field; false at the end. Its value must be taken (or {@link skip}ped) before the next call. */
  next(): boolean {
    if (this.at >= this.end) return false;
    const tag = Number(this.uint64());
    this.field = Math.floor(tag / 8);
    this.wireType = tag % 8;
    return true;
  }

  /** A uint64: a number where that is exact, else a bigint. Its decimal text is right either way. */
  uint64(): number | bigint {
    let value = 0;
    let scale = 1;
    for (let i = 0; i < SAFE_VARINT_BYTES; i += 1) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 0x80;
    }
    return this.restOfUint64(BigInt(value));
  }

  bytesField(): Buffer {
    const length = this.lengthOfValue();
    const value = this.bytes.subarray(this.at, this.at + length);
    this.at += length;
    return value;
  }

  text(): string {
    const length = this.lengthOfValue();
    const value = this.bytes.toString('utf8', this.at, this.at + length);
    this.at += length;
    return value;
  }

  message(): ProtoReader {
    const length = this.lengthOfValue();
    const from = this.at;
    this.at += length;
    return new ProtoReader(this.bytes, from, this.at);
  }

  skip(): void {
    if (this.wireType === VARINT) this.uint64();
    else if (this.wireType === LENGTH_DELIMITED) this.bytesField();
    else if (this.wireType === FIXED_64) this.at += 8;
    else if (this.wireType === FIXED_32) this.at += 4;
    else throw new UnreadableMessage(`wire type ${this.wireType}`);
  }

  private restOfUint64(low: bigint): bigint {
    let value = low;
    for (let i = SAFE_VARINT_BYTES; i < VARINT_BYTES_MAX; i += 1) {
      const byte = this.byte();
      value |= BigInt(byte & 0x7f) << BigInt(7 * i);
      if (byte < 0x80) return value & UINT64;
    }
    throw new UnreadableMessage('a varint of more than ten bytes');
  }

  private lengthOfValue(): number {
    if (this.wireType !== LENGTH_DELIMITED) throw new UnreadableMessage(`field ${this.field} of type ${this.wireType}`);
    const length = Number(this.uint64());
    if (length > this.end - this.at) throw new UnreadableMessage('a value longer than its message');
    return length;
  }

  private byte(): number {
    if (this.at >= this.end) throw new UnreadableMessage('a varint without an end');
    const byte = this.bytes[this.at]!;
    this.at += 1;
    return byte;
  }
}
