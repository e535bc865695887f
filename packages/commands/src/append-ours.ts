import type { EventStore, EventToAppend } from '@lapse/store';
import type { Context } from './context.js';

type Appended = Extract<Awaited<ReturnType<EventStore['append']>>, { kind: 'appended' }>;

/**
 * Appends. Undefined where the stream is at another revision, and where what stands there now may be another engine's, who was sent
 * the same ids in the same moment (D18). `isShared`: somebody else may write under these ids. That one's events may say something
 * else than ours: whoever received them before the time that their sender gave has moved them to the receipt, and a pin is of the
 * config that its writer has read. Then what stands in the stream is the answer; a store that cannot tell a repeat is asked for it.
 */
export const appendOurs = async (
  { store }: Pick<Context, 'store'>,
  stream: string,
  encoded: readonly EventToAppend[],
  expectedRevision: number,
  isShared: boolean,
): Promise<Appended | undefined> => {
  const result = await store.append(stream, encoded, expectedRevision);
  if (result.kind === 'wrong-revision') return undefined;
  if (!isShared) return result;
  if (result.repeated) return undefined;
  return store.tellsRepeats || (await standsAsWritten(store, stream, encoded, expectedRevision + 1))
    ? result
    : undefined;
};

const standsAsWritten = async (
  store: EventStore,
  stream: string,
  encoded: readonly EventToAppend[],
  from: number,
): Promise<boolean> => {
  const page = await store.readStream(stream, { from, maxCount: encoded.length });
  if (page.kind !== 'page' || page.events.length !== encoded.length) return false;
  return page.events.every(({ data }, i) => Buffer.compare(data, encoded[i]!.data) === 0);
};
