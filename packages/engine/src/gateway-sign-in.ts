import { createHmac, timingSafeEqual } from 'node:crypto';
import { StoreError } from '@lapse/store';
import { isPassword, NOBODYS_HASH } from './gateway-password.js';
import type { GatewayUser } from './gateway-users.js';

/** Passwords that wait for their turn; whoever comes on top is told to come again. */
const WAITING_MAX = 100;

/**
 * Finds out whether a password is a user's. Trying one is made slow on purpose and every call carries one, so the last right
 * one of each user is kept, as a digest and in memory alone; they are tried one after the other.
 */
export class GatewaySignIn {
  private readonly right = new Map<string, Buffer>();
  private readonly underWay = new Map<string, Promise<boolean>>();
  private last: Promise<unknown> = Promise.resolve();

  /** Without a promise where the answer is at hand. Rejects with `store-unavailable` where too many wait. */
  isRight(user: GatewayUser | undefined, name: string, password: string): boolean | Promise<boolean> {
    const hash = user?.hash ?? NOBODYS_HASH;
    const digest = createHmac('sha256', hash.salt).update(password).digest();
    const known = this.right.get(name);
    if (known !== undefined && timingSafeEqual(known, digest)) return true;
    const key = `${name}:${digest.toString('base64')}`;
    const same = this.underWay.get(key);
    if (same !== undefined) return same;
    if (this.underWay.size >= WAITING_MAX) throw new StoreError('store-unavailable', 'too many sign in at once');
    const tried = this.last.then(async () => {
      try {
        const isRight = (await isPassword(password, hash)) && user !== undefined;
        if (isRight) this.right.set(name, digest);
        return isRight;
      } finally {
        this.underWay.delete(key);
      }
    });
    this.underWay.set(key, tried);
    this.last = tried.catch(() => undefined);
    return tried;
  }
}
