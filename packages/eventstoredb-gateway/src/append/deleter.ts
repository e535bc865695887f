import type { EventToAppend } from '@lapse/store';
import type { Core } from '../core.js';
import { deleteConflict, serverBusy, streamDeleted } from '../failure.js';
import { randomUuid } from '../ids.js';
import { metadataStreamOf, TOMBSTONE_TYPE } from '../streams/names.js';
import { SOFT_DELETE_JSON } from '../streams/stream-rules.js';
import type { StreamState } from '../streams/stream-states.js';
import { metadataEvent } from '../streams/undelete.js';
import { lastEventOf, visibleRange } from '../streams/visible-range.js';
import type { Expectation } from '../wire/expectation.js';

/** `soft`: readers find nothing until somebody writes again. `tombstone`: for ever. Neither touches an event of the stream. */
export type Deletion = 'soft' | 'tombstone';

/** The position of the event that says so. Throws a failure for a wrong revision and for a stream that is gone already. */
export const deleteStream = async (
  core: Core,
  stream: string,
  expected: Expectation,
  deletion: Deletion,
): Promise<number | undefined> => {
  const release = await core.locks.exclusive(stream);
  try {
    const state = await core.states.of(stream);
    if (state.tombstone !== undefined) throw streamDeleted(stream);
    const lastRevision = (await lastEventOf(core.store, stream))?.revision ?? -1;
    await checkExpectation(core, { stream, expected, state, lastRevision });
    if (deletion === 'soft' && lastRevision < 0 && state.metadata === undefined) {
      throw deleteConflict(stream, expected.text, lastRevision);
    }
    return await mark(core, stream, state, deletion);
  } finally {
    release();
  }
};

interface Checked {
  readonly stream: string;
  readonly expected: Expectation;
  readonly state: StreamState;
  readonly lastRevision: number;
}

/** As for an append whose ids are all new. */
const checkExpectation = async (core: Core, checked: Checked): Promise<void> => {
  const { stream, expected, state, lastRevision } = checked;
  if (expected.kind === 'any' || expected.revision === lastRevision) return;
  const isHidden = state.rules.truncateBefore === 'all' && (await visibleRange(core, stream, state)).kind === 'missing';
  if (expected.kind === 'stream-exists') {
    if (isHidden) throw streamDeleted(stream);
    if (lastRevision >= 0 || state.metadata !== undefined) return;
  } else if (isHidden && expected.revision === -1) return;
  throw deleteConflict(stream, expected.text, lastRevision);
};

const mark = async (
  { store, states, random, positionToNumber }: Core,
  stream: string,
  state: StreamState,
  deletion: Deletion,
): Promise<number | undefined> => {
  const id = randomUuid(random);
  const event = deletion === 'soft' ? metadataEvent(id, new TextEncoder().encode(SOFT_DELETE_JSON)) : tombstone(id);
  try {
    const result = await store.append(metadataStreamOf(stream), [event], state.metadata?.revision ?? -1);
    // Nobody but this gateway writes there, and it holds the stream: another one over the same store came between.
    if (result.kind === 'wrong-revision') throw serverBusy();
    return result.position === undefined ? undefined : positionToNumber(result.position);
  } finally {
    states.forget(stream);
  }
};

const tombstone = (id: string): EventToAppend => ({
  id,
  type: TOMBSTONE_TYPE,
  contentType: 'application/octet-stream',
  data: new Uint8Array(),
  metadata: new Uint8Array(),
});
