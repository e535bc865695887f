/**
 * Names for what is derived and not given. `name` is a stream, or the merchant's id for the last two.
 *
 * | kind | `at` | answers |
 * | --- | --- | --- |
 * | `timeout` | the anchor's revision | the event id of the timeout close of stream `name` |
 * | `successor` | the time at which the close of `name` counted | the successor's **stream** |
 * | `opened`, `pin` | 0 | the event ids of the first two events that Lapse writes to stream `name` |
 * | `rollout` | 0 | the event id of the merchant's first version |
 * | `config` | the revision it will have | the event id of a later version |
 *
 * A comparison with the engine hands in the engine's own derivation of the first two; the others may stay symbolic.
 */
export type Derive = (
  kind: 'timeout' | 'successor' | 'opened' | 'pin' | 'rollout' | 'config',
  name: string,
  at: number,
) => string;

const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** A ULID's first ten characters: milliseconds since 1970. */
export function ulidTime(atMs: number): string {
  let rest = Math.max(0, Math.floor(atMs));
  let text = '';
  for (let digit = 0; digit < 10; digit += 1) {
    text = CROCKFORD.charAt(rest % 32) + text;
    rest = Math.floor(rest / 32);
  }
  return text;
}

/** Sixteen characters that depend on every letter of the text: no good hash, but good enough to keep names apart. */
function sixteenOf(text: string): string {
  let [high, low] = [0x811c9dc5, 0x01000193];
  let out = '';
  for (let round = 0; round < 16; round += 1) {
    for (const letter of text) {
      high = Math.imul(high ^ letter.codePointAt(0)!, 0x01000193) >>> 0;
      low = (Math.imul(low, 31) + high + round) >>> 0;
    }
    out += CROCKFORD.charAt((high ^ (low >>> 7)) & 31);
  }
  return out;
}

/** Symbolic ids such as `timeout-of(session-…,3)`; a successor gets a real ULID, since its stream needs one. */
export const symbolic: Derive = (kind, name, at) =>
  kind === 'successor' ? `session-${ulidTime(at)}${sixteenOf(name)}` : `${kind}-of(${name},${at})`;
