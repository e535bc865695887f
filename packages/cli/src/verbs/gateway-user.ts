import { randomBytes } from 'node:crypto';
import { firstIssue } from '@lapse/domain';
import { gatewayRole, gatewayUserName, hashPassword, SALT_BYTES } from '@lapse/engine';
import { usageError } from '../cli-error.js';
import type { Io } from '../io.js';

export interface GatewayUserFlags {
  readonly role: string;
}

const PASSWORD_CHARS_MIN = 8;
const PASSWORD_CHARS_MAX = 1_024;

/** `lapse gateway-user`: a line for a users file, made of the password on standard input. */
export const gatewayUserVerb = async (io: Io, name: string, flags: GatewayUserFlags): Promise<void> => {
  const user = gatewayUserName.safeParse(name);
  if (!user.success) throw usageError(`the name ${firstIssue(user.error)}`);
  const role = gatewayRole.safeParse(flags.role);
  if (!role.success) throw usageError(`--role ${firstIssue(role.error)}`);
  if (process.stdin.isTTY) io.err(`password of ${name} (it is shown): `);
  const password = await firstLine(process.stdin);
  if (password.length < PASSWORD_CHARS_MIN || password.length > PASSWORD_CHARS_MAX) {
    throw usageError(
      `a password has ${PASSWORD_CHARS_MIN} to ${PASSWORD_CHARS_MAX} characters: the first line of stdin`,
    );
  }
  const passwordHash = await hashPassword(password, randomBytes(SALT_BYTES));
  io.out(`${JSON.stringify({ name, role: role.data, passwordHash })}\n`);
};

const firstLine = async (input: AsyncIterable<Buffer>): Promise<string> => {
  let text = '';
  for await (const bytes of input) {
    text += bytes.toString('utf8');
    if (text.includes('\n') || text.length > PASSWORD_CHARS_MAX) break;
  }
  return text.split(/\r?\n/, 1)[0] ?? '';
};
