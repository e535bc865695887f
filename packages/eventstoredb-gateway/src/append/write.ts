import type { AppendResult, ExpectedRevision } from '@lapse/store';
import type { Core } from '../core.js';
import { timedOut } from '../failure.js';
import type { AppendAnswer } from './answer.js';
import type { AppendRequest } from './request.js';

type Appended = Extract<AppendResult, { kind: 'appended' }>;

export const conflictAt = (actual: number): AppendAnswer => ({ kind: 'wrong-expected-version', actual });

export const appendedAt = ({ positionToNumber }: Core, { lastRevision, position }: Appended): AppendAnswer => ({
  kind: 'success',
  currentRevision: lastRevision,
  position: position === undefined ? undefined : positionToNumber(position),
});

/** Hands the events to the store, unless the caller has given up, and remembers the ids of what was written. */
export const write = async (
  { store, recentIds, pendingIds }: Core,
  { stream, events, isWanted }: AppendRequest,
  revision: ExpectedRevision,
): Promise<AppendResult> => {
  if (!isWanted()) throw timedOut();
  for (const { id } of events) pendingIds.add(stream, id);
  try {
    const result = await store.append(stream, events, revision);
    if (result.kind === 'appended' && !result.repeated) {
      const first = result.lastRevision - events.length + 1;
      for (const [i, { id }] of events.entries()) recentIds.add(id, stream, first + i);
    }
    return result;
  } finally {
    for (const { id } of events) pendingIds.remove(stream, id);
  }
};
