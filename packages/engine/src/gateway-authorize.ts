import type { StreamNames } from '@lapse/domain';
import type { AccessAnswer, Authorize } from '@lapse/eventstoredb-gateway';
import { roleMay } from './gateway-roles.js';
import { GatewaySignIn } from './gateway-sign-in.js';
import type { GatewayUser } from './gateway-users.js';

/** Whoever gives no name may nothing; a user may what the role may. */
export const authorizeUsers = (users: ReadonlyMap<string, GatewayUser>, names: StreamNames): Authorize => {
  const signIn = new GatewaySignIn();
  return ({ credentials, action, stream }) => {
    if (credentials === undefined) return 'denied';
    const { username, password } = credentials;
    const user = users.get(username);
    const answer = (isRight: boolean): AccessAnswer => {
      if (!isRight || user === undefined) return 'unauthenticated';
      return roleMay(user.role, action, names.read(stream).kind) ? 'ok' : 'denied';
    };
    const isRight = signIn.isRight(user, username, password);
    return typeof isRight === 'boolean' ? answer(isRight) : isRight.then(answer);
  };
};
