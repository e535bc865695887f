import type { EventToAppend } from '@lapse/store';
import type { Core } from '../core.js';
import { subjectOf } from '../streams/names.js';
import { recreation } from '../streams/undelete.js';
import { lastEventOf, visibleRange } from '../streams/visible-range.js';
import type { AppendAnswer } from './answer.js';
import type { AppendRequest } from './request.js';
import { judgeRecent } from './judge-recent.js';
import { appendedAt, conflictAt, write } from './write.js';

/**
 * Appends to a metadata stream; called alone for its subject. Metadata for a soft-deleted stream brings it back, empty:
 * the event that keeps the deleted ones hidden goes into the same append, so no reader and no crash comes between.
 */
export const appendMetadata = async (core: Core, request: AppendRequest): Promise<AppendAnswer> => {
  const { stream, expected, events } = request;
  const subject = subjectOf(stream);
  const state = await core.states.of(subject);
  if (state.tombstone !== undefined) return { kind: 'stream-deleted' };
  if (expected.revision === undefined) {
    const lastRevision = state.metadata?.revision ?? -1;
    if (expected.kind === 'stream-exists' && lastRevision < 0) return conflictAt(lastRevision);
    const recent = judgeRecent(core.recentIds, stream, events);
    if (recent.kind === 'half-known') return conflictAt(lastRevision);
    if (recent.kind === 'repeat') return repeatAt(core, stream, recent.lastRevision, lastRevision);
  }
  const extra = await keepHidden(core, subject, events);
  const all = extra === undefined ? events : [...events, extra];
  const result = await writeForgetting(core, { ...request, events: all }, subject);
  if (result.kind === 'wrong-revision') {
    return extra === undefined ? conflictAt(result.actualRevision) : appendMetadataAgain(core, request);
  }
  const answer = appendedAt(core, result);
  return extra === undefined || answer.kind !== 'success'
    ? answer
    : { ...answer, currentRevision: answer.currentRevision - 1 };
};

/** The event that keeps a soft-deleted stream's events hidden behind new metadata; undefined where nothing is hidden so. */
const keepHidden = async (
  core: Core,
  subject: string,
  events: readonly EventToAppend[],
): Promise<EventToAppend | undefined> => {
  const newest = events.at(-1);
  const state = await core.states.of(subject);
  if (newest === undefined || state.rules.truncateBefore !== 'all') return undefined;
  const range = await visibleRange(core, subject, state);
  const first =
    range.kind === 'visible' ? range.firstRevision : ((await lastEventOf(core.store, subject))?.revision ?? -1) + 1;
  return recreation(newest.id, newest.data, first);
};

/** Without the extra event the ids may still be those of an earlier append: nothing is written unless the revision is right. */
const appendMetadataAgain = async (core: Core, request: AppendRequest): Promise<AppendAnswer> => {
  const result = await writeForgetting(core, request, subjectOf(request.stream));
  return result.kind === 'wrong-revision' ? conflictAt(result.actualRevision) : appendedAt(core, result);
};

const writeForgetting = async (core: Core, request: AppendRequest, subject: string): ReturnType<typeof write> => {
  try {
    return await write(core, request, request.expected.revision ?? 'any');
  } finally {
    core.states.forget(subject);
  }
};

/** Only the newest event of a metadata stream can be seen, so only its repeat has a position. */
const repeatAt = async (core: Core, stream: string, revision: number, lastRevision: number): Promise<AppendAnswer> => {
  const last = revision === lastRevision ? await lastEventOf(core.store, stream) : undefined;
  return {
    kind: 'success',
    currentRevision: revision,
    position: last === undefined ? undefined : core.positionToNumber(last.position),
  };
};
