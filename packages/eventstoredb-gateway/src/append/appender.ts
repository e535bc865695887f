import type { EventToAppend } from '@lapse/store';
import type { Core } from '../core.js';
import { accessDenied, handlerThrew } from '../failure.js';
import { ALL_STREAM, isMetadataStream, subjectOf, TOMBSTONE_TYPE } from '../streams/names.js';
import { recreate } from '../streams/undelete.js';
import { isVisible, lastEventOf, visibleRange } from '../streams/visible-range.js';
import type { StreamState } from '../streams/stream-states.js';
import type { AppendAnswer } from './answer.js';
import { appendMetadata } from './append-metadata.js';
import { judgeRecent } from './judge-recent.js';
import type { AppendRequest } from './request.js';
import { appendToSoftDeleted } from './soft-deleted.js';
import { appendedAt, conflictAt, write } from './write.js';

/** Throws a failure for names that no client may write to, or that a node's handler would throw at. */
export const checkTarget = (stream: string): void => {
  if (stream === '' || stream === '$$') throw handlerThrew(`A stream must not be named '${stream}'.`);
  if (stream === ALL_STREAM) throw accessDenied();
};

/** Tombstones are the gateway's own: no client may write what stands for one. */
export const checkEvents = (events: readonly EventToAppend[]): void => {
  if (events.some((event) => event.type === TOMBSTONE_TYPE)) throw accessDenied();
};

/**
 * Appends as a node does, by its table of revisions and ids. Throws what the store throws, and `timedOut` where the caller
 * gave up before anything was written.
 */
export const append = async (core: Core, request: AppendRequest): Promise<AppendAnswer> => {
  const { stream } = request;
  if (isMetadataStream(stream)) return alone(core, subjectOf(stream), () => appendMetadata(core, request));
  const release = await core.locks.shared(stream);
  try {
    const answer = await appendBesideOthers(core, request);
    if (answer !== 'alone') return answer;
  } finally {
    release();
  }
  return alone(core, stream, () => appendAlone(core, request));
};

/** `alone` where it cannot be judged while other appends of the stream are with the store. */
const appendBesideOthers = async (core: Core, request: AppendRequest): Promise<AppendAnswer | 'alone'> => {
  const { stream, expected, events } = request;
  const state = await core.states.of(stream);
  if (state.tombstone !== undefined) return { kind: 'stream-deleted' };
  if (state.rules.truncateBefore === 'all') return 'alone';
  if (expected.revision !== undefined) return appendAt(core, request, state, expected.revision);
  const isMissing = await isMissingForSure(core, request, state);
  if (isMissing) return conflictAt(-1);
  // A repeat whose first try is still under way waits for it.
  if (events.some(({ id }) => core.pendingIds.has(stream, id))) return 'alone';
  return appendWithoutRevision(core, request, state);
};

/** Whether a writer says that the stream exists and it does not; one that has only metadata counts as existing. */
const isMissingForSure = async (
  core: Core,
  { stream, expected }: AppendRequest,
  state: StreamState,
): Promise<boolean> =>
  expected.kind === 'stream-exists' &&
  state.metadata === undefined &&
  (await lastEventOf(core.store, stream)) === undefined;

const alone = async <T>({ locks }: Core, stream: string, work: () => Promise<T>): Promise<T> => {
  const release = await locks.exclusive(stream);
  try {
    return await work();
  } finally {
    release();
  }
};

/** A stream that is there: the store itself settles an explicit revision, repeats included. */
const appendAt = async (
  core: Core,
  request: AppendRequest,
  state: StreamState,
  revision: number,
): Promise<AppendAnswer> => {
  const result = await write(core, request, revision);
  if (result.kind === 'wrong-revision') return conflictAt(result.actualRevision);
  if (!result.repeated || state.metadata === undefined) return appendedAt(core, result);
  // The events of a repeat may be hidden by now; then a node tells no position.
  return (await isHidden(core, request.stream, state, result.lastRevision))
    ? { kind: 'success', currentRevision: result.lastRevision, position: undefined }
    : appendedAt(core, result);
};

const isHidden = async (core: Core, stream: string, state: StreamState, revision: number): Promise<boolean> => {
  const range = await visibleRange(core, stream, state);
  const page = await core.store.readStream(stream, { from: revision, maxCount: 1 });
  const event = page.kind === 'page' ? page.events[0] : undefined;
  return event === undefined || !isVisible(range, revision, event.storedAtMs);
};

const appendAlone = async (core: Core, request: AppendRequest): Promise<AppendAnswer> => {
  const { stream, expected } = request;
  const state = await core.states.of(stream);
  if (state.tombstone !== undefined) return { kind: 'stream-deleted' };
  if (state.rules.truncateBefore === 'all') {
    const range = await visibleRange(core, stream, state);
    if (range.kind !== 'visible') return appendToSoftDeleted(core, request, state);
    // Recreated, but the process ended before it wrote so: make the metadata say what readers see anyway.
    await recreate(core, stream, state, range.firstRevision);
  }
  if (expected.revision !== undefined) return appendAt(core, request, state, expected.revision);
  if (await isMissingForSure(core, request, state)) return conflictAt(-1);
  return appendWithoutRevision(core, request, state);
};

const appendWithoutRevision = async (core: Core, request: AppendRequest, state: StreamState): Promise<AppendAnswer> => {
  const { stream, events } = request;
  const recent = judgeRecent(core.recentIds, stream, events);
  switch (recent.kind) {
    case 'half-known':
      return conflictAt((await lastEventOf(core.store, stream))?.revision ?? -1);
    case 'repeat':
      return repeatedAt(core, stream, state, recent.lastRevision);
    case 'new': {
      const result = await write(core, request, 'any');
      return result.kind === 'wrong-revision' ? conflictAt(result.actualRevision) : appendedAt(core, result);
    }
  }
};

const repeatedAt = async (core: Core, stream: string, state: StreamState, revision: number): Promise<AppendAnswer> => {
  const page = await core.store.readStream(stream, { from: revision, maxCount: 1 });
  const event = page.kind === 'page' ? page.events[0] : undefined;
  const range = await visibleRange(core, stream, state);
  const visible = event !== undefined && isVisible(range, revision, event.storedAtMs);
  return {
    kind: 'success',
    currentRevision: revision,
    position: visible ? core.positionToNumber(event.position) : undefined,
  };
};
