import type { IncomingHttpHeaders } from 'node:http';
import { ProblemError } from './problem-error.js';
import { scanJson } from './scan-json.js';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * A body's bytes to a value. Stricter than `JSON.parse` on a decoded text: bytes that are no UTF-8 are refused, not
 * replaced, and so is whatever could be read in two ways. Throws a {@link ProblemError}.
 */
export const parseJsonBody = (headers: IncomingHttpHeaders, bytes: Uint8Array, depthMax: number): unknown => {
  checkCoding(headers);
  const text = decode(bytes);
  const value = parse(text);
  const fault = scanJson(text, depthMax);
  if (fault !== undefined) throw new ProblemError('bad-json', `The body is refused: ${fault}.`);
  return value;
};

const checkCoding = (headers: IncomingHttpHeaders): void => {
  const charset = /;\s*charset\s*=\s*"?([^";\s]*)/i.exec(headers['content-type'] ?? '')?.[1]?.toLowerCase();
  if (charset !== undefined && charset !== 'utf-8' && charset !== 'utf8') {
    throw new ProblemError('unsupported-content-type', 'The body must be UTF-8; no other charset is taken.');
  }
  const encoding = headers['content-encoding']?.toLowerCase();
  if (encoding !== undefined && encoding !== 'identity') {
    throw new ProblemError('unsupported-content-type', 'The body must not be compressed.');
  }
};

const decode = (bytes: Uint8Array): string => {
  try {
    return utf8.decode(bytes);
  } catch {
    throw new ProblemError('bad-encoding', 'The body holds bytes that are not UTF-8.');
  }
};

const parse = (text: string): unknown => {
  if (text.trim() === '') throw new ProblemError('bad-json', 'The body is empty.');
  try {
    return JSON.parse(text);
  } catch {
    throw new ProblemError('bad-json', 'The body is not JSON.');
  }
};
