/** How much of an event's bytes is shown. */
const SHOWN_BYTES_MAX = 4_096;

/**
 * Bytes that should have been text, for somebody who looks for what is wrong with them: what is no UTF-8, and what a terminal
 * would take for a command, is written as `\xNN`. Cut behind the first 4 096 bytes.
 */
export const bytesAsText = (bytes: Uint8Array): string => {
  const shown = bytes.subarray(0, SHOWN_BYTES_MAX);
  let text = '';
  for (let i = 0; i < shown.length;) {
    const length = lengthOfCharacter(shown, i);
    const character = shown.subarray(i, i + length);
    text += length === 0 ? hex(shown[i] as number) : printable(character);
    i += Math.max(length, 1);
  }
  return shown.length < bytes.length ? `${text}…` : text;
};

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** How many bytes the character takes that begins here; 0 where none does. */
const lengthOfCharacter = (bytes: Uint8Array, at: number): number => {
  const first = bytes[at] as number;
  const length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  try {
    return strict.decode(bytes.subarray(at, at + length)) === '' ? 0 : length;
  } catch {
    return 0;
  }
};

const CONTROL = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

const printable = (bytes: Uint8Array): string => {
  const text = strict.decode(bytes);
  return CONTROL.test(text) ? [...bytes].map(hex).join('') : text;
};

const hex = (byte: number): string => `\\x${byte.toString(16).padStart(2, '0')}`;
