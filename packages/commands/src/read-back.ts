import type { EventStore, EventToAppend } from '@lapse/store';
import type { Context } from './context.js';

/** As {@link PreparedEvent} has it; left out: an event of our own, the same whoever writes it. */
export interface TimedEvent {
  readonly isIdGiven?: boolean;
  readonly isTimeOurs?: boolean;
}

export interface Written {
  readonly stream: string;
  readonly firstRevision: number;
  readonly encoded: readonly EventToAppend[];
}

/**
 * Whether an append that the store calls the first may be another engine's, who was sent the same ids in the same moment (D18)
 * and has received them at another time. Then what stands in the stream is the answer.
 */
export const isSomebodyElses = async (
  { store }: Pick<Context, 'store'>,
  events: readonly TimedEvent[],
  written: Written,
): Promise<boolean> => {
  const mayDiffer = events.some(({ isIdGiven = false, isTimeOurs = false }) => isIdGiven && isTimeOurs);
  return mayDiffer && !store.tellsRepeats && !(await standsAsWritten(store, written));
};

const standsAsWritten = async (store: EventStore, { stream, firstRevision, encoded }: Written): Promise<boolean> => {
  const page = await store.readStream(stream, { from: firstRevision, maxCount: encoded.length });
  if (page.kind !== 'page' || page.events.length !== encoded.length) return false;
  return page.events.every(({ data }, i) => Buffer.compare(data, encoded[i]!.data) === 0);
};
