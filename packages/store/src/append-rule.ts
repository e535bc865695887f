import type { ExpectedRevision } from './port.js';

export type AppendVerdict =
  | { readonly kind: 'write' }
  /** An empty append whose revision is right. */
  | { readonly kind: 'nothing-to-write' }
  /** These very events stand there already, the last of them at `lastRevision`. */
  | { readonly kind: 'repeat'; readonly lastRevision: number }
  | { readonly kind: 'wrong-revision' };

/**
 * Decides an append as an EventStoreDB node does. At the right revision it is written and ids are *not* compared with the
 * history; behind it, the ids at the following revisions tell a repeat from a lost race; beyond it, the revision is wrong.
 * `idAt` is asked only for revisions from 0 to `lastRevision`, at most once for each event.
 */
export const judgeAppend = (
  lastRevision: number,
  expectedRevision: ExpectedRevision,
  ids: readonly string[],
  idAt: (revision: number) => string,
): AppendVerdict => {
  if (expectedRevision === 'any' || expectedRevision === lastRevision) {
    return { kind: ids.length === 0 ? 'nothing-to-write' : 'write' };
  }
  const repeatEndsAt = expectedRevision + ids.length;
  const mayBeRepeat = ids.length > 0 && repeatEndsAt <= lastRevision;
  if (mayBeRepeat && ids.every((id, i) => idAt(expectedRevision + 1 + i) === id)) {
    return { kind: 'repeat', lastRevision: repeatEndsAt };
  }
  return { kind: 'wrong-revision' };
};
