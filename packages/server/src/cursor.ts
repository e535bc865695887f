import { z } from 'zod';
import { INSTANT_MAX_MS } from '@lapse/domain';
import { ProblemError } from './http/problem-error.js';

/** The last row of a page as opaque text: callers hand it back, and what is in it may change. */
interface Cursor<Key> {
  write(key: Key | undefined): string | null;
  /** Throws `bad-value` for text that this server never wrote. */
  read(text: string | undefined): Key | undefined;
}

const cursor = <Key>(schema: z.ZodType<Key>): Cursor<Key> => ({
  write: (key) => (key === undefined ? null : Buffer.from(JSON.stringify(key)).toString('base64url')),
  read: (text) => {
    if (text === undefined) return undefined;
    const parsed = schema.safeParse(jsonOf(Buffer.from(text, 'base64url').toString()));
    if (parsed.success) return parsed.data;
    const message = 'must be the `next` of an earlier page of this list';
    throw new ProblemError('bad-value', `query.after: ${message}.`, { errors: [{ at: 'query.after', message }] });
  },
});

const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const key = z.int().min(0);

export const queueCursor = cursor(z.strictObject({ waitingSinceMs: z.int().min(0).max(INSTANT_MAX_MS), key }));
export const sessionCursor = cursor(key);
export const hourCursor = cursor(z.int().min(0).max(INSTANT_MAX_MS));
export const merchantCursor = cursor(z.string().min(1));
export const parkedCursor = cursor(z.strictObject({ sinceMs: z.int(), stream: z.string() }));
