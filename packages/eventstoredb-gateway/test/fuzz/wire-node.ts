import fc from 'fast-check';

/** A message as it will be written: fields in any order, as often as wanted, of any wire type. */
export interface WireField {
  readonly number: number;
  readonly value: WireValue;
}
export type WireValue =
  | { readonly kind: 'varint'; readonly value: bigint }
  | { readonly kind: 'fixed'; readonly bytes: Uint8Array }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'message'; readonly fields: readonly WireField[] }
  /** Written as it is, tag and all: what no encoder would make. */
  | { readonly kind: 'raw'; readonly bytes: Uint8Array };

const varint = (value: bigint): number[] => {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  do {
    bytes.push(Number(rest & 0x7fn) | (rest > 0x7fn ? 0x80 : 0));
    rest >>= 7n;
  } while (rest > 0n);
  return bytes;
};

const tag = (number: number, wireType: number): number[] => varint((BigInt(number) << 3n) | BigInt(wireType));

const LENGTH_DELIMITED = 2;

export const written = (fields: readonly WireField[]): Buffer =>
  Buffer.concat(fields.map(({ number, value }) => writtenField(number, value)));

const writtenField = (number: number, value: WireValue): Buffer => {
  switch (value.kind) {
    case 'varint':
      return Buffer.from([...tag(number, 0), ...varint(value.value)]);
    case 'fixed':
      return Buffer.concat([Buffer.from(tag(number, value.bytes.length === 8 ? 1 : 5)), value.bytes]);
    case 'raw':
      return Buffer.from(value.bytes);
    case 'bytes':
      return delimited(number, value.bytes);
    case 'message':
      return delimited(number, written(value.fields));
  }
};

const delimited = (number: number, bytes: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from([...tag(number, LENGTH_DELIMITED), ...varint(BigInt(bytes.length))]), bytes]);

/** What is done at one place of a message. `place` counts fields from the outside in, and starts again behind the last. */
export interface Change {
  readonly what: 'drop' | 'twice' | 'renumber' | 'replace' | 'deep';
  readonly place: number;
  readonly number: number;
  readonly value: WireValue;
}

const extremes = [0n, 1n, 127n, 128n, 2n ** 31n - 1n, 2n ** 31n, 2n ** 32n, 2n ** 53n, 2n ** 53n + 1n];
/** Whole numbers at the ends of every type that one of them could be read as. */
export const oddNumber = fc.constantFrom(...extremes, 2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 1n, 2n ** 64n - 2n);

/** Tags and lengths that lead nowhere: groups, field 0, types 6 and 7, endless varints, lengths beyond the message. */
const rawParts = [
  ...[[0x00], [0x07], [0x0e], [0x0b], [0x0c], [0x0b, 0x0c], [0xff], [0x0a, 0xff, 0xff, 0xff, 0xff, 0x07]],
  ...[[0x0a, 0x80], [0x08], Array.from({ length: 12 }, () => 0xff), [0x0a, 0x05, 0x01], [0x12, 0xff, 0xff, 0x7f]],
].map((bytes) => Uint8Array.from(bytes));

const oddValue: fc.Arbitrary<WireValue> = fc.oneof(
  oddNumber.map((value) => ({ kind: 'varint' as const, value })),
  fc.constantFrom(4, 8).map((length) => ({ kind: 'fixed' as const, bytes: new Uint8Array(length).fill(255) })),
  fc.uint8Array({ maxLength: 40 }).map((bytes) => ({ kind: 'bytes' as const, bytes })),
  fc.constantFrom(100, 5_000, 70_000).map((length) => ({ kind: 'bytes' as const, bytes: new Uint8Array(length) })),
  fc.constantFrom(...rawParts).map((bytes) => ({ kind: 'raw' as const, bytes })),
  fc.constant({ kind: 'message' as const, fields: [] }),
);

export const change: fc.Arbitrary<Change> = fc.record({
  what: fc.constantFrom('drop', 'twice', 'renumber', 'replace', 'replace', 'deep'),
  place: fc.nat({ max: 60 }),
  number: fc.oneof(fc.integer({ min: 0, max: 16 }), fc.constantFrom(2 ** 29 - 1, 19_000)),
  value: oddValue,
});

const DEPTH = 200;

const placesOf = (fields: readonly WireField[]): number =>
  fields.reduce((sum, { value }) => sum + 1 + (value.kind === 'message' ? placesOf(value.fields) : 0), 0);

export const changed = (fields: readonly WireField[], by: Change): readonly WireField[] => {
  const places = placesOf(fields);
  if (places === 0) return [{ number: by.number, value: by.value }];
  let left = by.place % places;
  return fields.flatMap((field): readonly WireField[] => {
    const at = left;
    left -= 1 + (field.value.kind === 'message' ? placesOf(field.value.fields) : 0);
    if (at === 0) return changedField(field, by);
    if (at < 0 || left >= 0 || field.value.kind !== 'message') return [field];
    return [{ ...field, value: { kind: 'message', fields: changed(field.value.fields, { ...by, place: at - 1 }) } }];
  });
};

const changedField = (field: WireField, { what, number, value }: Change): readonly WireField[] => {
  switch (what) {
    case 'drop':
      return [];
    case 'twice':
      return [field, field];
    case 'renumber':
      return [{ ...field, number }];
    case 'replace':
      return [{ ...field, value }];
    case 'deep': {
      let inner: WireField = field;
      for (let i = 0; i < DEPTH; i++) inner = { number: field.number, value: { kind: 'message', fields: [inner] } };
      return [inner];
    }
  }
};
