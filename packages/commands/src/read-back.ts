import type { EventStore, EventToAppend } from '@lapse/store';
import type { Context } from './context.js';

export interface Written {
  readonly stream: string;
  readonly firstRevision: number;
  readonly encoded: readonly EventToAppend[];
}

/**
 * Whether an append that the store calls the first is another engine's, who was sent the same ids in the same moment (D18).
 * `mayDiffer`: somebody else may write under these ids. That one's events may say something else than ours: whoever received them
 * before the time that their sender gave has moved them to the receipt, and a pin is of the config that its writer has read.
 * Then what stands in the stream is the answer.
 */
export const isSomebodyElses = async (
  { store }: Pick<Context, 'store'>,
  mayDiffer: boolean,
  written: Written,
): Promise<boolean> => mayDiffer && !store.tellsRepeats && !(await standsAsWritten(store, written));

const standsAsWritten = async (store: EventStore, { stream, firstRevision, encoded }: Written): Promise<boolean> => {
  const page = await store.readStream(stream, { from: firstRevision, maxCount: encoded.length });
  if (page.kind !== 'page' || page.events.length !== encoded.length) return false;
  return page.events.every(({ data }, i) => Buffer.compare(data, encoded[i]!.data) === 0);
};
