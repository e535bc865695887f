import fc from 'fast-check';

/** Texts that mean something to somebody on the way. None of them leads out of a folder: they become names of files too. */
const texts = [
  ...[
    '',
    ' ',
    '\0',
    '-',
    '--',
    '--json',
    '-1',
    '0',
    '1',
    '20',
    '20.5',
    '4',
    '361',
    '1e3',
    'NaN',
    '99999999999999999999',
  ],
  ...[
    'm1',
    'buyer',
    'legacy',
    'ndjson',
    '__proto__',
    'constructor',
    'null',
    'true',
    '[]',
    '{}',
    '$all',
    '%00',
    '\ufeff',
  ],
  ...['2026-03-01T10:00:00Z', '2026-02-30T10:00:00Z', '+010000-01-01T00:00:00Z', '01HQ0000000000000000000001'],
  ...['session-', '00000000-0000-0000-0000-000000000000', '\u{1F600}', 'a\nb', '\x1b[2J', 'x'.repeat(70_000)],
];
export const oddText: fc.Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...texts) },
  {
    weight: 1,
    arbitrary: fc
      .array(fc.nat({ max: 0x10_ffff }), { maxLength: 12 })
      .map((all) => plain(String.fromCodePoint(...all))),
  },
);
/** What a system hands to a process is well-formed. */
const plain = (text: string): string =>
  Buffer.from(text)
    .toString()
    .replace(/[/\\.~]/g, '_');

/** Values as JSON has them or would not have them. */
export const oddJson: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    'NaN',
    '1e999',
    '-0',
    '-1',
    '1.5',
    '9007199254740993',
    '01',
    'null',
    'true',
    '[]',
    '{}',
    '"\\ud800"',
    '',
    '"',
  ),
  oddText.map((text) => JSON.stringify(text)),
  fc.constantFrom(17, 5_000).map((depth) => '['.repeat(depth) + ']'.repeat(depth)),
);

/** What is done to the bytes of a file: `at` and `length` are shares of it, so that they mean something for any file. */
export interface FileFault {
  readonly what: 'flip' | 'zero' | 'cut' | 'insert' | 'remove' | 'append' | 'replace';
  readonly at: number;
  readonly length: number;
  readonly bytes: Uint8Array;
}

const share = fc.oneof(fc.nat({ max: 999_999 }), fc.nat({ max: 2_000 })).map((n) => n / 1_000_000);
export const fileFault: fc.Arbitrary<FileFault> = fc.record({
  what: fc.constantFrom('flip', 'flip', 'flip', 'zero', 'cut', 'insert', 'remove', 'append', 'replace'),
  at: share,
  length: share,
  bytes: fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: 16 }),
    fc
      .constantFrom([0xef, 0xbb, 0xbf], [0xff, 0xfe], [0x0a], [0x0d, 0x0a], [0x1f, 0x8b, 0x08], [0xc0, 0xaf])
      .map((all) => Uint8Array.from(all)),
  ),
});

export const damaged = (file: Buffer, { what, at, length, bytes }: FileFault): Buffer => {
  const from = Math.floor(at * file.length);
  const to = Math.min(file.length, from + Math.ceil(length * file.length));
  const [before, inside, behind] = [file.subarray(0, from), file.subarray(from, to), file.subarray(to)];
  switch (what) {
    case 'flip':
      return Buffer.concat([before, Buffer.from(file.subarray(from).map((byte, i) => byte ^ (bytes[i] ?? 0)))]);
    case 'zero':
      return Buffer.concat([before, Buffer.alloc(inside.length), behind]);
    case 'cut':
      return before;
    case 'insert':
      return Buffer.concat([before, bytes, inside, behind]);
    case 'remove':
      return Buffer.concat([before, behind]);
    case 'append':
      return Buffer.concat([file, bytes]);
    case 'replace':
      return Buffer.from(bytes);
  }
};

export const rarely = <T>(value: fc.Arbitrary<T>, oneIn: number, otherwise: T): fc.Arbitrary<T> =>
  fc.oneof({ weight: 1, arbitrary: value }, { weight: oneIn - 1, arbitrary: fc.constant(otherwise) });
