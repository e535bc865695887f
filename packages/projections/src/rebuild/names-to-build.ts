import { ViewsError } from '../errors.js';
import type { Projector } from '../projector.js';
import { SESSIONS } from '../read-models.js';

/** All read models, or those asked for. Throws `no-such-projection`. */
export const namesToBuild = (projectors: readonly Projector[], only?: readonly string[]): readonly string[] => {
  const all = [SESSIONS, ...projectors.map(({ name }) => name)];
  const unknown = only?.find((name) => !all.includes(name));
  if (unknown !== undefined) {
    throw new ViewsError('no-such-projection', `there is no read model ${unknown}; there are ${all.join(', ')}`);
  }
  return only === undefined ? all : all.filter((name) => only.includes(name));
};
