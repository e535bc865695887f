import fc from 'fast-check';

/** What JSON says otherwise than people expect, or does not say at all: raw text that stands where a value should. */
const spellings = [
  ...['NaN', 'Infinity', '-Infinity', 'undefined', '0x10', '01', '1_000', '.5', '5.', '+1', "'20'", '20n', ''],
  ...['1e999', '-1e999', '1e-999', '-0', '20.0', '2e1', '20.5', '1e308', '5E-324', '-1', '4', '361', '2147483648'],
  ...['9007199254740993', '18446744073709551616', '253402300800000', `1${'0'.repeat(400)}`, `0.${'1'.repeat(400)}`],
  ...['true', 'null', '[]', '{}', '[[]]', '{"":{}}', '"20"', '" 20"', '"20 min"', '"PT20M"', '[20]', '{"minutes":20}'],
  ...['"\\ud800"', '"\\udc00\\ud800"', '"\\u0000"', '"\\u202e"', '"\\x41"', '"a\nb"', '"\ttab"', '"unended', '/**/1'],
];

/** Texts that mean something to somebody on the way: paths, prototypes, markup, formats, other alphabets' digits. */
const texts = [
  ...['', ' ', '\0', '.', '..', '../../etc/passwd', '%2e%2e%2f', '%00', '%', 'a/b', 'a\\b', '//', '?', '#', ';', '*'],
  ...['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'null', 'undefined', 'true', 'NaN'],
  ...[
    '$all',
    '$$m1',
    'session-',
    'ops-keys',
    "' OR 1=1 --",
    '<script>',
    '\u{1F600}',
    'e\u0301',
    '\u0662\u0660',
    '２０',
  ],
  ...['2026-02-30T10:00:00Z', '2026-03-01', '2026-03-01T10:00:00', '2026-03-01T24:00:00Z', '2026-03-01T10:00:60Z'],
  ...['+010000-01-01T00:00:00Z', '-000001-01-01T00:00:00Z', '0000-01-01T00:00:00Z', '9999-12-31T23:59:59.999Z'],
  ...['2026-03-01T10:00:00+99:99', '2026-03-01t10:00:00z', '2026-03-01T10:00:00.1234567Z', '1772359200000'],
  ...['00000000-0000-0000-0000-000000000000', '8ZZZZZZZZZZZZZZZZZZZZZZZZZ', '01KJM000000000000000000O0I', 'm1\n'],
];

/** Long enough to meet every bound on the length of a text. */
const lengths = [63, 65, 127, 129, 255, 257, 4_096, 70_000];

/** Any code points, lone surrogates among them. */
const anyText = fc
  .array(fc.oneof(fc.nat({ max: 0x7f }), fc.nat({ max: 0xffff }), fc.nat({ max: 0x10_ffff })), { maxLength: 40 })
  .map((points) => String.fromCodePoint(...points));

export const oddText: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...texts) },
  { weight: 2, arbitrary: anyText },
  { weight: 1, arbitrary: fc.string({ maxLength: 40 }) },
  { weight: 1, arbitrary: fc.constantFrom(...lengths).map((length) => 'x'.repeat(length)) },
);

/** Raw text that stands where a JSON value should. */
export const oddJson: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...spellings) },
  { weight: 3, arbitrary: oddText.map((text) => JSON.stringify(text)) },
  { weight: 1, arbitrary: fc.double().map((value) => JSON.stringify(value)) },
  { weight: 1, arbitrary: fc.json({ maxDepth: 4 }) },
  { weight: 1, arbitrary: fc.constantFrom(2, 15, 16, 17, 100, 20_000).map((depth) => nested(depth)) },
);

const nested = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`;
