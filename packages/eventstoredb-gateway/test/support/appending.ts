import { jsonEvent } from '@eventstore/db-client';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import type { AppendResp, BatchAppendResp } from '../../src/wire/messages.js';
import {
  batchRequest,
  newId,
  stringId,
  type Ended,
  type Expected,
  type RawClient,
  type WireEvent,
} from './raw-client.js';

/** How an append ended, the same words for both ways of appending. */
export type Outcome =
  | { readonly kind: 'success'; readonly revision: number; readonly position: number | undefined }
  | { readonly kind: 'wrong-expected-version'; readonly expected: string; readonly actual: number }
  | { readonly kind: 'stream-deleted' }
  | { readonly kind: 'refused'; readonly code: number; readonly trailers: Readonly<Record<string, string>> };

export type AppendBy = (raw: RawClient, stream: string, expected: Expected, ids: readonly string[]) => Promise<Outcome>;

export const said = (id: string): WireEvent => ({ id: stringId(id) });
export const newIds = (count: number): string[] => Array.from({ length: count }, newId);

export const jsonEvents = (count: number, type = 'said'): ReturnType<typeof jsonEvent>[] =>
  Array.from({ length: count }, (_, i) => jsonEvent({ type, data: { i } }));

const trailersOf = (metadata: { getMap(): Record<string, unknown> }): Record<string, string> =>
  Object.fromEntries(
    Object.entries(metadata.getMap())
      .filter(([key]) => !['content-type', 'date'].includes(key))
      .map(([key, value]) => [key, String(value)]),
  );

export const classicOutcome = ({ error, answer }: Ended<AppendResp>): Outcome => {
  if (error !== undefined) {
    const trailers = trailersOf(error.metadata);
    return trailers['exception'] === 'stream-deleted'
      ? { kind: 'stream-deleted' }
      : { kind: 'refused', code: error.code, trailers };
  }
  const success = answer!.getSuccess();
  if (success !== undefined) {
    return {
      kind: 'success',
      revision: success.hasNoStream() ? -1 : Number(success.getCurrentRevision()),
      position: success.hasPosition() ? Number(success.getPosition()!.getCommitPosition()) : undefined,
    };
  }
  const conflict = answer!.getWrongExpectedVersion()!;
  const expected = conflict.hasExpectedAny()
    ? 'any'
    : conflict.hasExpectedStreamExists()
      ? 'stream_exists'
      : conflict.hasExpectedNoStream()
        ? 'no_stream'
        : conflict.getExpectedRevision();
  const actual = conflict.hasCurrentNoStream() ? -1 : Number(conflict.getCurrentRevision());
  return { kind: 'wrong-expected-version', expected, actual };
};

const DETAILS = 'type.googleapis.com/event_store.client.';

export const batchOutcome = (answer: BatchAppendResp): Outcome => {
  const success = answer.getSuccess();
  if (success !== undefined) {
    return {
      kind: 'success',
      revision: success.hasNoStream() ? -1 : Number(success.getCurrentRevision()),
      position: success.hasPosition() ? Number(success.getPosition()!.getCommitPosition()) : undefined,
    };
  }
  const status = answer.getError()!;
  const type = status.getDetails()!.getTypeUrl().replace(DETAILS, '');
  if (type === 'StreamDeleted') return { kind: 'stream-deleted' };
  if (type !== 'WrongExpectedVersion') return { kind: 'refused', code: status.getCode(), trailers: { type } };
  const conflict = shared.WrongExpectedVersion.deserializeBinary(status.getDetails()!.getValue_asU8());
  const expected = conflict.hasExpectedAny()
    ? 'any'
    : conflict.hasExpectedStreamExists()
      ? 'stream_exists'
      : conflict.hasExpectedNoStream()
        ? 'no_stream'
        : conflict.getExpectedStreamPosition();
  const actual = conflict.hasCurrentNoStream() ? -1 : Number(conflict.getCurrentStreamRevision());
  return { kind: 'wrong-expected-version', expected, actual };
};

export const classic: AppendBy = async (raw, stream, expected, ids) =>
  classicOutcome(await raw.append(stream, expected, ids.map(said)));

/** One append on a batch call of its own. */
const batch: AppendBy = (raw, stream, expected, ids) =>
  new Promise((resolve, reject) => {
    const call = raw.batch();
    call.on('data', (answer: BatchAppendResp) => {
      call.end();
      resolve(batchOutcome(answer));
    });
    call.on('error', reject);
    call.write(batchRequest({ id: newId(), stream, expected, events: ids.map(said) }));
  });

export const WAYS: readonly (readonly [string, AppendBy])[] = [
  ['classic append', classic],
  ['batch append', batch],
];

export const all = async <T>(items: AsyncIterable<T>): Promise<T[]> => {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
};
