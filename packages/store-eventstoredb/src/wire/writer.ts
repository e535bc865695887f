/**
 * The part of protobuf's wire format that an append needs. The package's message class for a batch append cannot carry the
 * deadline as a duration, and a duration is what makes appends independent of this machine's clock.
 */
const VARINT = 0;
const LENGTH_DELIMITED = 2;
const BYTES_AT_FIRST = 256;

export class ProtoWriter {
  private bytes = Buffer.allocUnsafe(BYTES_AT_FIRST);
  private length = 0;

  /** A field of type uint64, int32 or bool; whole numbers from 0 up to 2^53 - 1. */
  number(field: number, value: number): this {
    this.room(20);
    this.varint(field * 8 + VARINT);
    this.varint(value);
    return this;
  }

  bytesField(field: number, value: Uint8Array): this {
    this.room(20 + value.byteLength);
    this.varint(field * 8 + LENGTH_DELIMITED);
    this.varint(value.byteLength);
    this.bytes.set(value, this.length);
    this.length += value.byteLength;
    return this;
  }

  text(field: number, value: string): this {
    const byteLength = Buffer.byteLength(value);
    this.room(20 + byteLength);
    this.varint(field * 8 + LENGTH_DELIMITED);
    this.varint(byteLength);
    this.length += this.bytes.write(value, this.length);
    return this;
  }

  message(field: number, fill: (nested: ProtoWriter) => void): this {
    const nested = new ProtoWriter();
    fill(nested);
    return this.bytesField(field, nested.view());
  }

  /** An entry of a map from text to text. */
  entry(field: number, key: string, value: string): this {
    return this.message(field, (entry) => entry.text(1, key).text(2, value));
  }

  /** What was written so far, as its own bytes. */
  finish(): Buffer {
    return Buffer.from(this.view());
  }

  private view(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }

  private varint(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      this.bytes[this.length] = (rest % 0x80) + 0x80;
      this.length += 1;
      rest = Math.floor(rest / 0x80);
    }
    this.bytes[this.length] = rest;
    this.length += 1;
  }

  private room(bytes: number): void {
    if (this.length + bytes <= this.bytes.byteLength) return;
    const larger = Buffer.allocUnsafe(Math.max(this.bytes.byteLength * 2, this.length + bytes));
    larger.set(this.view());
    this.bytes = larger;
  }
}
