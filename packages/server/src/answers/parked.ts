import { formatInstant, type StreamName } from '@lapse/domain';
import type { ParkedReading, PlacedDecision } from '@lapse/commands';
import type { ParkedListAnswer, ParkedStreamAnswer } from '@lapse/api';
import type { Views } from '../ports.js';
import { bytesAsText } from './bytes-as-text.js';

type Listed = ParkedListAnswer['parked'][number];
type NamedParked = ReturnType<Views['parked']>[number];
/** What the read models know of a stream's owner. */
export type Owner = Pick<Listed, 'kind' | 'sessionId' | 'merchantId'>;

/** One entry a stream, however many read models have stopped at it; `sessions` says why, where it is among them. */
export const parkedByStream = (parked: readonly NamedParked[]): readonly { stream: string; of: NamedParked[] }[] => {
  const byStream = new Map<string, NamedParked[]>();
  for (const one of parked) byStream.set(one.stream, [...(byStream.get(one.stream) ?? []), one]);
  return [...byStream].map(([stream, of]) => ({ stream, of }));
};

export const listedParked = (of: readonly NamedParked[], owner: Owner): Listed => {
  const [first] = of as [NamedParked];
  const { stream, revision, position, storedAtMs, why } = first;
  const place = { revision, position, since: formatInstant(storedAtMs), why };
  return { stream, ...owner, ...place, readModels: of.map(({ name }) => name) };
};

export const parkedStream = (
  reading: ParkedReading,
  owner: Owner,
  readModels: readonly NamedParked[],
): ParkedStreamAnswer => ({
  stream: reading.stream,
  ...owner,
  parked: reading.parked === undefined ? null : { ...reading.parked },
  event: eventAnswer(reading.event),
  readModels: readModels.map(({ name, revision, why, storedAtMs }) => {
    return { name, revision, why, since: formatInstant(storedAtMs) };
  }),
  decisions: reading.decisions.map(decisionAnswer),
  advice: adviceOn(reading, readModels.length > 0),
});

const eventAnswer = (event: ParkedReading['event']): ParkedStreamAnswer['event'] => {
  if (event === undefined) return null;
  const { id, revision, type, position, storedAtMs, contentType, data, metadata } = event;
  return {
    id,
    revision,
    type,
    position,
    storedAt: formatInstant(Math.trunc(storedAtMs)),
    contentType,
    data: bytesAsText(data),
    dataBytes: data.length,
    metadata: bytesAsText(metadata),
    metadataBytes: metadata.length,
  };
};

const decisionAnswer = ({ decision }: PlacedDecision): ParkedStreamAnswer['decisions'][number] => ({
  type: decision.type,
  revision: decision.type === 'stream-skipped' ? decision.data.revision : null,
  why: decision.data.why ?? null,
  by: { ...decision.data.by },
  at: formatInstant(decision.occurredAtMs),
});

const adviceOn = ({ name, parked }: ParkedReading, isInReadModels: boolean): string[] => {
  if (name.kind === 'bad') {
    return ['The name of the stream is wrong: its writer must use another one. No decision here can help.'];
  }
  if (parked === undefined) {
    if (!isInReadModels) return ['Nothing: it can be read to its end, and the read models show it so.'];
    return ['Retry: it can be read to its end, and the read models that have stopped at it are shown it again.'];
  }
  const isNewer = parked.why.includes('schema version');
  const newer = 'If a newer Lapse can read the event: run that one, then retry.';
  const again = 'What the event was meant to say can be sent again under another id, once the stream goes on.';
  const skip = `Skip revision ${parked.revision} with a reason: for good, it is then ignored and counted like an event of an unknown type.`;
  return [...(isNewer ? [newer] : []), skip, ...(name.kind === 'session' ? [again] : [])];
};

/** Whose a stream is, by its name; of a session the read models may know the merchant. */
export const ownerOf = (name: StreamName, views: Pick<Views, 'session'> | undefined): Owner => {
  if (name.kind === 'session') {
    const merchantId = views?.session(name.id)?.state.opened?.merchantId ?? null;
    return { kind: 'session', sessionId: name.id, merchantId };
  }
  if (name.kind === 'merchant') return { kind: 'merchant', sessionId: null, merchantId: name.id };
  return { kind: 'other', sessionId: null, merchantId: null };
};
