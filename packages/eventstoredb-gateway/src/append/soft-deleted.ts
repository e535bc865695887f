import type { Core } from '../core.js';
import type { StreamState } from '../streams/stream-states.js';
import { recreate } from '../streams/undelete.js';
import { lastEventOf } from '../streams/visible-range.js';
import type { AppendAnswer } from './answer.js';
import type { AppendRequest } from './request.js';
import { judgeRecent } from './judge-recent.js';
import { appendedAt, conflictAt, write } from './write.js';

/**
 * Appends to a stream that was deleted softly; called alone. New ids let it go on at the next revision, its original ids are
 * a repeat that changes nothing, and whoever says that it exists is told that it does not.
 */
export const appendToSoftDeleted = async (
  core: Core,
  request: AppendRequest,
  state: StreamState,
): Promise<AppendAnswer> => {
  const { stream, expected, events } = request;
  if (expected.kind === 'stream-exists') return { kind: 'stream-deleted' };
  const lastRevision = (await lastEventOf(core.store, stream))?.revision ?? -1;
  if (expected.revision === undefined) {
    const recent = judgeRecent(core.recentIds, stream, events);
    if (recent.kind === 'half-known') return conflictAt(lastRevision);
    if (recent.kind === 'repeat') return repeatAt(recent.lastRevision);
    return goOn(core, request, state, lastRevision);
  }
  if (expected.revision === lastRevision) return goOn(core, request, state, lastRevision);
  if (expected.revision > lastRevision || events.length === 0) return conflictAt(lastRevision);
  // Behind the last revision the store compares ids and writes nothing.
  const compared = await write(core, request, expected.revision);
  if (compared.kind === 'appended') return repeatAt(compared.lastRevision);
  const isNew = expected.revision === -1 && (await idAt(core, stream, 0)) !== events[0]!.id;
  return isNew ? goOn(core, request, state, lastRevision) : conflictAt(lastRevision);
};

const repeatAt = (revision: number): AppendAnswer => ({
  kind: 'success',
  currentRevision: revision,
  position: undefined,
});

const idAt = async ({ store }: Core, stream: string, revision: number): Promise<string | undefined> => {
  const page = await store.readStream(stream, { from: revision, maxCount: 1 });
  return page.kind === 'page' ? page.events[0]?.id : undefined;
};

const goOn = async (
  core: Core,
  request: AppendRequest,
  state: StreamState,
  lastRevision: number,
): Promise<AppendAnswer> => {
  const result = await write(core, request, lastRevision);
  if (result.kind === 'wrong-revision') return conflictAt(result.actualRevision);
  await recreate(core, request.stream, state, lastRevision + 1);
  return appendedAt(core, result);
};
