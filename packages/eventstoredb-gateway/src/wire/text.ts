/** A byte order mark is part of the text: a stream whose name begins with one is another stream. */
const UTF8 = new TextDecoder('utf-8', { ignoreBOM: true });

export const textOf = (bytes: Uint8Array): string => UTF8.decode(bytes);
