/** What a `$metadata` event says about which events of its stream may be seen. */
export interface StreamRules {
  /** `$tb`: the first visible revision; `all` is a soft delete. */
  readonly truncateBefore: number | 'all';
  /** `$maxCount`: only the newest so many. */
  readonly maxCount: number | undefined;
  /** `$maxAge`, which the wire has in seconds. */
  readonly maxAgeMs: number | undefined;
}

export const NO_RULES: StreamRules = { truncateBefore: 0, maxCount: undefined, maxAgeMs: undefined };

/** 2^63-1, the number of a deleted stream, as JSON reads it: the nearest double is one higher. */
const DELETED = 2 ** 63;
/** What is written for a soft delete. Text, as the number is not one that JavaScript has. */
export const SOFT_DELETE_JSON = '{"$tb":9223372036854775807}';

type Json = Readonly<Record<string, unknown>>;

/** As a node reads metadata: without a byte order mark that may stand before it. */
const UTF8 = new TextDecoder('utf-8');

/** The object in the bytes; undefined for anything else. */
const metadataObject = (data: Uint8Array): Json | undefined => {
  try {
    const value: unknown = JSON.parse(UTF8.decode(data));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : undefined;
  } catch {
    return undefined;
  }
};

const isCount = (value: unknown, min: number): value is number => Number.isInteger(value) && (value as number) >= min;

/**
 * The rules in the data of a `$metadata` event. As on a node, data that says one thing wrongly says nothing at all: a
 * negative `$tb`, a `$maxCount` of 0 and text that is no JSON object hide no event.
 */
export const readStreamRules = (data: Uint8Array): StreamRules => {
  const { $tb = 0, $maxCount, $maxAge } = metadataObject(data) ?? {};
  if (!isCount($tb, 0)) return NO_RULES;
  if ($maxCount !== undefined && !isCount($maxCount, 1)) return NO_RULES;
  if ($maxAge !== undefined && !isCount($maxAge, 1)) return NO_RULES;
  return {
    truncateBefore: $tb >= DELETED ? 'all' : $tb,
    maxCount: $maxCount,
    maxAgeMs: $maxAge === undefined ? undefined : $maxAge * 1000,
  };
};

/** The same metadata for a stream that goes on after a soft delete: what was deleted stays hidden. Undefined where it is no object. */
export const recreatedMetadata = (data: Uint8Array, firstRevision: number): Uint8Array | undefined => {
  const metadata = metadataObject(data);
  if (metadata === undefined) return undefined;
  return new TextEncoder().encode(JSON.stringify({ ...metadata, $tb: firstRevision }));
};
