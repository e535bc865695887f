import fc from 'fast-check';
import { shapeOf, type FieldShape, type MessageClass } from './shapes.js';
import { oddNumber, type WireField, type WireValue } from './wire-node.js';

const DEPTH_MAX = 6;

const utf8 = new TextEncoder();
const bytesOf = (text: string): WireValue => ({ kind: 'bytes', bytes: utf8.encode(text) });
const texts = (...all: readonly string[]): fc.Arbitrary<WireValue> => fc.constantFrom(...all).map(bytesOf);

const streamName = fc.oneof(
  { weight: 8, arbitrary: texts('a', 'b', 'c', 'd', 'session-1', '$$a', '$$b') },
  {
    weight: 2,
    arbitrary: texts(
      ...['', '$all', '$$', '$$$all', '$$$$a', '$gateway', '$ce-a', 'ops-1', '\ufeffa', '\0', 'a\n', 'x'.repeat(2_000)],
      ...['\u{1F600}', '../a', '%2e', '__proto__', 'constructor'],
    ),
  },
);
const hex = (value: number): string => value.toString(16).padStart(8, '0');
const uuid = fc
  .tuple(fc.nat({ max: 0x7fff_ffff }), fc.nat({ max: 0x7fff_ffff }))
  .map(([a, b]) => bytesOf(`${hex(a)}-0000-4000-8000-0000${hex(b)}`));
const oddUuid = texts('00000000-0000-0000-0000-000000000000', '', '{', 'x'.repeat(36), `{${'0'.repeat(36)}}`);
const regex = texts(
  '^a',
  '.*',
  '(a+)+$',
  '[',
  '(?<=a)b',
  '(?i)A',
  '\\p{L}',
  'a{1000}',
  `${'('.repeat(300)}`,
  '^$',
  '\\',
);
const json = texts(
  ...[
    '{}',
    '{"i":1}',
    '{"$tb":2}',
    '{"$maxCount":1}',
    '{"$maxAge":1}',
    '{"$tb":9223372036854775807}',
    '',
    'null',
    '[',
    '\ufeff{}',
  ],
  ...['{"$tb":-1}', '{"$maxCount":"1"}', '{"$acl":{"$r":7}}', '{"$cacheControl":1e400}', '{"a":"\ud800"}', '\u00ff'],
);
const anyText = texts('', 'a', '1', '\0', '$x', 'x'.repeat(300), '\u{1F600}', '%');

/** What a text or some bytes of this name are, by which a request gets past its first check. */
const byName: Readonly<Record<string, fc.Arbitrary<WireValue>>> = {
  StreamName: streamName,
  String: fc.oneof({ weight: 9, arbitrary: uuid }, { weight: 1, arbitrary: oddUuid }),
  Regex: regex,
  Data: json,
  CustomMetadata: json,
};

const varint = (value: bigint): WireValue => ({ kind: 'varint', value });
const number = fc
  .oneof({ weight: 5, arbitrary: fc.bigInt({ min: 0n, max: 4n }) }, { weight: 1, arbitrary: oddNumber })
  .map(varint);

const properties = fc.oneof(
  { weight: 8, arbitrary: fc.constant([['type', 'said'] as const, ['content-type', 'application/json'] as const]) },
  {
    weight: 2,
    arbitrary: fc.uniqueArray(
      fc.constantFrom(
        ...([
          ['type', 'said'],
          ['type', ''],
          ['type', '$metadata'],
          ['type', '$streamDeleted'],
          ['type', '$>'],
        ] as const),
        ...([
          ['content-type', 'application/octet-stream'],
          ['content-type', ''],
          ['__proto__', 'x'],
          ['', ''],
        ] as const),
        ...([
          ['type', 'x'.repeat(3_000)],
          ['type', '\0'],
          ['content-type', 'application/json'],
        ] as const),
      ),
      { maxLength: 4 },
    ),
  },
);

const mapEntries = (field: number): fc.Arbitrary<readonly WireField[]> =>
  properties.map((pairs) =>
    pairs.map(([name, value]) => ({
      number: field,
      value: {
        kind: 'message',
        fields: [
          { number: 1, value: bytesOf(name) },
          { number: 2, value: bytesOf(value) },
        ],
      },
    })),
  );

/** One field with a value that keeps its shape; none for a message below the deepest that is filled. */
const fieldOf = (shape: FieldShape, depth: number): fc.Arbitrary<readonly WireField[]> => {
  const one = (value: fc.Arbitrary<WireValue>): fc.Arbitrary<readonly WireField[]> =>
    value.map((inner) => [{ number: shape.number, value: inner }]);
  switch (shape.kind) {
    case 'map':
      return mapEntries(shape.number);
    case 'message':
      if (depth >= DEPTH_MAX || shape.message === undefined) return fc.constant([]);
      return one(fieldsOf(shape.message, depth + 1).map((fields) => ({ kind: 'message', fields })));
    case 'varint':
      return one(number);
    case 'fixed':
      return one(fc.constant({ kind: 'fixed', bytes: new Uint8Array(8) }));
    case 'text':
    case 'bytes':
      return one(byName[shape.name] ?? anyText);
  }
};

const nothing: readonly WireField[] = [];

/**
 * The fields of a message that keeps its shape: of each group that excludes each other mostly one, of the others mostly all.
 * `prefer` says which of the first group: calls that stream begin with one kind of message and go on with another.
 */
export const fieldsOf = (
  message: MessageClass,
  depth = 0,
  prefer?: 'first' | 'last',
): fc.Arbitrary<readonly WireField[]> => {
  const { fields, groups } = shapeOf(message);
  const byNumber = new Map(fields.map((field) => [field.number, fieldOf(field, depth)]));
  const grouped = new Set(groups.flat());
  const chosen = groups.map((group, i) => {
    const members = group.map((n) => byNumber.get(n) ?? fc.constant(nothing));
    const wanted = i > 0 || prefer === undefined ? undefined : members.at(prefer === 'first' ? 0 : -1);
    const any = fc.oneof(...members);
    return fc.oneof(
      { weight: 20, arbitrary: wanted ?? any },
      { weight: 1, arbitrary: any },
      { weight: 1, arbitrary: fc.constant(nothing) },
      { weight: 1, arbitrary: fc.tuple(any, any).map((two) => two.flat()) },
    );
  });
  const single = fields
    .filter((field) => !grouped.has(field.number))
    .map((field) => {
      const value = byNumber.get(field.number) ?? fc.constant(nothing);
      return fc.oneof({ weight: 7, arbitrary: value }, { weight: 1, arbitrary: fc.constant(nothing) });
    });
  return fc.tuple(...single, ...chosen).map((parts) => parts.flat());
};
