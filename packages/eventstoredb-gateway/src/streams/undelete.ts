import type { EventToAppend } from '@lapse/store';
import type { Core } from '../core.js';
import { derivedUuid } from '../ids.js';
import { metadataStreamOf, METADATA_TYPE } from './names.js';
import { recreatedMetadata } from './stream-rules.js';
import type { StreamState } from './stream-states.js';

export const metadataEvent = (id: string, data: Uint8Array): EventToAppend => ({
  id,
  type: METADATA_TYPE,
  contentType: 'application/json',
  data,
  metadata: new Uint8Array(),
});

/**
 * The metadata event that lets a soft-deleted stream go on from `firstRevision` with what was deleted still hidden;
 * undefined where the metadata is no object, which hides nothing. Its id follows from the event before it, so that a retry
 * of the write that it belongs to is a retry of both.
 */
export const recreation = (afterId: string, metadata: Uint8Array, firstRevision: number): EventToAppend | undefined => {
  const data = recreatedMetadata(metadata, firstRevision);
  return data === undefined ? undefined : metadataEvent(derivedUuid(`recreated/${afterId}`), data);
};

/**
 * Writes it, after events were written to a soft-deleted stream. Readers do not need it (they see events behind the
 * deletion anyway), other systems that read the metadata do; so a failure is told and not passed on.
 */
export const recreate = async (
  { store, states, log }: Core,
  stream: string,
  { metadata }: StreamState,
  firstRevision: number,
): Promise<void> => {
  const event = metadata === undefined ? undefined : recreation(metadata.id, metadata.data, firstRevision);
  if (metadata === undefined || event === undefined) return;
  try {
    await store.append(metadataStreamOf(stream), [event], metadata.revision);
  } catch (error) {
    log({ level: 'warn', message: 'the metadata of a recreated stream was not written', error });
  } finally {
    states.forget(stream);
  }
};
