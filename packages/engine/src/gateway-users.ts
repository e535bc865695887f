import { readFileSync } from 'node:fs';
import { firstIssue } from '@lapse/domain';
import { z } from 'zod';
import { EngineError } from './engine-error.js';
import { readPasswordHash, type PasswordHash } from './gateway-password.js';
import { GATEWAY_ROLES, type GatewayRole } from './gateway-roles.js';

export interface GatewayUser {
  readonly name: string;
  readonly role: GatewayRole;
  readonly hash: PasswordHash;
}

const NAME_CHARS_MAX = 64;
const USERS_MAX = 1_000;

/** A name as it stands in an `authorization` header: before a colon. */
export const gatewayUserName = z
  .string()
  .max(NAME_CHARS_MAX, `has at most ${NAME_CHARS_MAX} characters`)
  .regex(/^[^:\p{Cc}]+$/u, 'must have characters, none of them a colon');

export const gatewayRole = z.enum(GATEWAY_ROLES, `must be one of ${GATEWAY_ROLES.join(', ')}`);

const users = z
  .array(
    z.strictObject({
      name: gatewayUserName,
      role: gatewayRole,
      passwordHash: z.string().transform((text, context): PasswordHash => {
        const hash = readPasswordHash(text);
        if (hash !== undefined) return hash;
        context.addIssue({ code: 'custom', message: 'must be what `lapse gateway-user` prints' });
        return z.NEVER;
      }),
    }),
  )
  .min(1, 'names no user')
  .max(USERS_MAX, `names more than ${USERS_MAX} users`);

/** One JSON array, or one user a line: so that another one is added with `>>`. */
const parse = (text: string): unknown =>
  text.trimStart().startsWith('[')
    ? JSON.parse(text)
    : text
        .split('\n')
        .filter((line) => line.trim() !== '')
        .map((line) => JSON.parse(line) as unknown);

/** The users of a file, by their names. Throws `gateway-users-unusable` with the reason; it never holds a hash. */
export const readGatewayUsers = (file: string): ReadonlyMap<string, GatewayUser> => {
  const unusable = (why: string, cause?: unknown): EngineError =>
    new EngineError('gateway-users-unusable', `the users file ${file} ${why}`, { cause });
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw unusable(`cannot be read: ${(error as Error).message}`, error);
  }
  let given: unknown;
  try {
    given = parse(text);
  } catch {
    // The parser's own words quote the text.
    throw unusable('is not JSON: one array of users, or one user a line');
  }
  const read = users.safeParse(given);
  if (!read.success) throw unusable(`is not right: ${firstIssue(read.error)}`);
  const byName = new Map<string, GatewayUser>();
  for (const { name, role, passwordHash } of read.data) {
    if (byName.has(name)) throw unusable(`names the user ${name} twice`);
    byName.set(name, { name, role, hash: passwordHash });
  }
  return byName;
};
