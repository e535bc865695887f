import { scrypt, timingSafeEqual } from 'node:crypto';

/** What a password was made into; from it nobody gets the password back. */
export interface PasswordHash {
  readonly costLog2: number;
  readonly parallel: number;
  readonly salt: Buffer;
  readonly key: Buffer;
}

/** 16 MiB and some tens of milliseconds for each password that is tried. */
const COST_LOG2 = 14;
const BLOCK_SIZE = 8;
const KEY_BYTES = 32;
export const SALT_BYTES = 16;
/** A hash from elsewhere may cost more, but not what stalls the server: up to 64 MiB. */
const COST_LOG2_MIN = 10;
const COST_LOG2_MAX = 16;
const PARALLEL_MAX = 4;

const HASH = /^\$scrypt\$ln=(\d{1,2}),r=8,p=(\d)\$([A-Za-z0-9+/]{22})\$([A-Za-z0-9+/]{43})$/;

const keyOf = (password: string, { costLog2, parallel, salt }: Omit<PasswordHash, 'key'>): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const cost = 2 ** costLog2;
    // Twice of what is needed: OpenSSL counts a little more than the table itself.
    const maxmem = 2 * 128 * cost * BLOCK_SIZE;
    const options = { N: cost, r: BLOCK_SIZE, p: parallel, maxmem };
    scrypt(password.normalize('NFC'), salt, KEY_BYTES, options, (error, key) =>
      error === null ? resolve(key) : reject(error),
    );
  });

const unpadded = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64').replaceAll('=', '');

/** The text of a password's hash, for a users file: `$scrypt$ln=14,r=8,p=1$SALT$KEY`. `salt`: {@link SALT_BYTES} random bytes. */
export const hashPassword = async (password: string, salt: Buffer): Promise<string> => {
  const key = await keyOf(password, { costLog2: COST_LOG2, parallel: 1, salt });
  return `$scrypt$ln=${COST_LOG2},r=${BLOCK_SIZE},p=1$${unpadded(salt)}$${unpadded(key)}`;
};

/** Undefined for text that is no such hash, or one that is too cheap or too dear. */
export const readPasswordHash = (text: string): PasswordHash | undefined => {
  const [, costLog2, parallel, salt, key] = HASH.exec(text) ?? [];
  if (salt === undefined || key === undefined) return undefined;
  const hash = {
    costLog2: Number(costLog2),
    parallel: Number(parallel),
    salt: Buffer.from(salt, 'base64'),
    key: Buffer.from(key, 'base64'),
  };
  const isCostSane = hash.costLog2 >= COST_LOG2_MIN && hash.costLog2 <= COST_LOG2_MAX;
  return isCostSane && hash.parallel >= 1 && hash.parallel <= PARALLEL_MAX ? hash : undefined;
};

/** Takes as long for a wrong password as for the right one. */
export const isPassword = async (password: string, hash: PasswordHash): Promise<boolean> =>
  timingSafeEqual(await keyOf(password, hash), hash.key);

/** Nobody's: compared with where there is no such user, so that an answer's time does not tell who exists. */
export const NOBODYS_HASH: PasswordHash = {
  costLog2: COST_LOG2,
  parallel: 1,
  salt: Buffer.alloc(SALT_BYTES),
  key: Buffer.alloc(KEY_BYTES),
};
