import { UUID } from './messages.js';

export const NIL_UUID = '00000000-0000-0000-0000-000000000000';
/** What .NET's parser takes, and so a real node: with hyphens, bare, in braces or in parentheses. */
const HYPHENS = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const BARE = /^[0-9a-f]{32}$/;
const WRAPPED = /^(?:\{(.*)\}|\((.*)\))$/;

const hyphenate = (hex: string): string =>
  `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;

/** A UUID in lower case with hyphens; undefined for text that is none. */
export const canonicalUuid = (text: string): string | undefined => {
  const trimmed = text.trim().toLowerCase();
  if (HYPHENS.test(trimmed)) return trimmed;
  if (BARE.test(trimmed)) return hyphenate(trimmed);
  const wrapped = WRAPPED.exec(trimmed);
  const inside = wrapped?.[1] ?? wrapped?.[2];
  return inside !== undefined && HYPHENS.test(inside) ? inside : undefined;
};

const hexOf = (int64: string): string => BigInt.asUintN(64, BigInt(int64)).toString(16).padStart(16, '0');

/** Either form of the wire; an absent id and an empty one are all zeros. Undefined for text that is no UUID. */
export const uuidOf = (message: UUID | undefined): string | undefined => {
  if (message === undefined) return NIL_UUID;
  const halves = message.getStructured();
  if (halves !== undefined) {
    return hyphenate(hexOf(halves.getMostSignificantBits()) + hexOf(halves.getLeastSignificantBits()));
  }
  return message.hasString() ? canonicalUuid(message.getString()) : NIL_UUID;
};

/** Structured is two signed halves, most significant first: what .NET asks for and what a node sends unasked. */
export const uuidMessage = (uuid: string, form: 'structured' | 'string'): UUID => {
  if (form === 'string') return new UUID().setString(uuid);
  const hex = uuid.replaceAll('-', '');
  const half = (text: string): string => BigInt.asIntN(64, BigInt(`0x${text}`)).toString();
  const halves = new UUID.Structured()
    .setMostSignificantBits(half(hex.slice(0, 16)))
    .setLeastSignificantBits(half(hex.slice(16)));
  return new UUID().setStructured(halves);
};
