/** V8 copies a part that is shorter; a longer one goes on pointing into the text that it was cut from. */
const POINTS_INTO_FROM = 13;

/** The same text, cut loose from the longer one that it may be a part of and would keep in memory: a whole page, say. */
export const detached = (part: string): string => (part.length < POINTS_INTO_FROM ? part : ` ${part}`.slice(1));

/** {@link detached}, where there is one. */
export const detachedIfAny = (part: string | undefined): string | undefined =>
  part === undefined ? undefined : detached(part);
