import fc from 'fast-check';

/** What is done to bytes at one place. `at` is a share of the length, so that it means something for any length. */
export interface ByteFault {
  readonly what: 'flip' | 'insert' | 'remove' | 'cut' | 'front' | 'utf16';
  readonly at: number;
  readonly bytes: Uint8Array;
}

/** Bytes that decoders and parsers trip over: bad UTF-8, marks, line ends, zero, surrogates, the ends of frames. */
const odd = [
  ...[[0x00], [0xff], [0x80], [0xc0, 0xaf], [0xe2, 0x82], [0xed, 0xa0, 0x80], [0xf5, 0x80, 0x80, 0x80]],
  ...[[0x0d, 0x0a], [0x0d, 0x0a, 0x0d, 0x0a], [0x0a], [0xef, 0xbb, 0xbf], [0xff, 0xfe], [0x22], [0x7b], [0x5c]],
].map((bytes) => Uint8Array.from(bytes));

export const byteFault: fc.Arbitrary<ByteFault> = fc.record({
  what: fc.constantFrom('flip', 'insert', 'insert', 'remove', 'cut', 'front', 'utf16'),
  at: fc.nat({ max: 999 }).map((thousandths) => thousandths / 1_000),
  bytes: fc.oneof(fc.constantFrom(...odd), fc.uint8Array({ minLength: 1, maxLength: 8 })),
});

export const withFault = (bytes: Buffer, { what, at, bytes: odd }: ByteFault): Buffer => {
  const place = Math.floor(at * bytes.length);
  const [before, behind] = [bytes.subarray(0, place), bytes.subarray(place)];
  switch (what) {
    case 'flip':
      return Buffer.concat([before, Buffer.from(behind.map((byte, i) => (i < odd.length ? byte ^ odd[i]! : byte)))]);
    case 'insert':
      return Buffer.concat([before, odd, behind]);
    case 'remove':
      return Buffer.concat([before, behind.subarray(odd.length)]);
    case 'cut':
      return before;
    case 'front':
      return Buffer.concat([odd, bytes]);
    case 'utf16':
      return Buffer.from(bytes.toString(), 'utf16le');
  }
};
